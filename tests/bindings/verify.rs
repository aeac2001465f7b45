// SPDX-License-Identifier: Apache-2.0
//! Verifies the artifacts in three files through what bindgen makes of the headers, with a log function of Rust's, after a
//! look at the whole interface.
//! usage: verify VOUCHER OWNER-CERT CONVEYED VOUCHER-ANCHOR SERIAL
#![allow(non_camel_case_types, non_upper_case_globals, dead_code, deref_nullptr)]

use std::ffi::{CStr, CString};
use std::os::raw::{c_char, c_void};
use std::ptr::null_mut;

include!("bindings.rs");
include!("interface.rs");

unsafe extern "C" fn take_line(user: *mut c_void, _: u32, _: u32, line: *const c_char, len: size_t) {
    assert_eq!(CStr::from_ptr(line).to_bytes().len(), len as usize);
    *(user as *mut usize) += 1;
}

fn must(code: i32) {
    if code < 0 {
        panic!("{:?}", unsafe { CStr::from_ptr(sztp_error_text(code)) });
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let octets = |i: usize| std::fs::read(&arguments[i]).unwrap();
    for (name, is, wanted) in constants() {
        assert_eq!(is, wanted, "{}", name);
    }
    assert!(functions().iter().all(|f| !f.is_null()));
    let kinds = [SZTP_ARTIFACT_VOUCHER, SZTP_ARTIFACT_OWNER_CERT, SZTP_ARTIFACT_CONVEYED_INFO];
    let mut lines: usize = 0;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() as i64;
    unsafe {
        let (mut ctx, mut device, mut bundle, mut verdict) = (null_mut(), null_mut(), null_mut(), null_mut());
        must(sztp_ctx_new(null_mut(), &mut ctx));
        must(sztp_ctx_set_log(ctx, SZTP_LOG_DEBUG, Some(take_line), &mut lines as *mut usize as *mut c_void));
        must(sztp_device_new(ctx, &mut device));
        let serial = CString::new(arguments[5].as_str()).unwrap();
        must(sztp_device_set_text(device, SZTP_DEVICE_SERIAL, serial.as_ptr()));
        let anchor = octets(4);
        must(sztp_device_add_cert(device, SZTP_CERT_VOUCHER_ANCHOR, anchor.as_ptr(), anchor.len() as size_t));
        must(sztp_bundle_new(ctx, &mut bundle));
        for (i, kind) in kinds.iter().enumerate() {
            let data = octets(1 + i);
            must(sztp_bundle_set(bundle, *kind, data.as_ptr(), data.len() as size_t));
        }
        let code = sztp_verify(device, bundle, now, SZTP_CHANNEL_UNTRUSTED, &mut verdict);
        println!("{} lines: {}", CStr::from_ptr(sztp_error_name(code)).to_str().unwrap(), lines > 0);
        sztp_verdict_free(verdict);
        sztp_bundle_free(bundle);
        sztp_device_free(device);
        sztp_ctx_free(ctx);
    }
}
