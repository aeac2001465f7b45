// SPDX-License-Identifier: Apache-2.0

// Verifies the artifacts in three files through cgo, with a log function of Go's, after a look at the whole interface.
// usage: verify VOUCHER OWNER-CERT CONVEYED VOUCHER-ANCHOR SERIAL
package main

/*
#include <stdlib.h>
#include <sztp/sztp.h>
extern void take_line(void *user, uint32_t level, uint32_t topic, char *line, size_t len);
*/
import "C"

import (
	"fmt"
	"os"
	"time"
	"unsafe"
)

var lines int

//export take_line
func take_line(user unsafe.Pointer, level, topic C.uint32_t, line *C.char, length C.size_t) {
	if len(C.GoStringN(line, C.int(length))) > 0 {
		lines++
	}
}

func octets(path string) (*C.uint8_t, C.size_t) {
	data, err := os.ReadFile(path)
	if err != nil || len(data) == 0 {
		fmt.Println("no", path)
		os.Exit(2)
	}
	return (*C.uint8_t)(unsafe.Pointer(&data[0])), C.size_t(len(data))
}

func must(code C.int32_t) {
	if code < 0 {
		fmt.Println(C.GoString(C.sztp_error_text(code)))
		os.Exit(2)
	}
}

func main() {
	for _, c := range constants {
		if c.is != c.wanted {
			fmt.Println(c.name, "is", c.is, "and not", c.wanted)
			os.Exit(2)
		}
	}
	for _, f := range functions {
		if f == nil {
			os.Exit(2)
		}
	}
	kinds := []C.uint32_t{C.SZTP_ARTIFACT_VOUCHER, C.SZTP_ARTIFACT_OWNER_CERT, C.SZTP_ARTIFACT_CONVEYED_INFO}
	var ctx *C.sztp_ctx_t
	var device *C.sztp_device_t
	var bundle *C.sztp_bundle_t
	var verdict *C.sztp_verdict_t
	must(C.sztp_ctx_new(nil, &ctx))
	must(C.sztp_ctx_set_log(ctx, C.SZTP_LOG_DEBUG, C.sztp_log_fn(C.take_line), nil))
	must(C.sztp_device_new(ctx, &device))
	serial := C.CString(os.Args[5])
	must(C.sztp_device_set_text(device, C.SZTP_DEVICE_SERIAL, serial))
	C.free(unsafe.Pointer(serial))
	data, length := octets(os.Args[4])
	must(C.sztp_device_add_cert(device, C.SZTP_CERT_VOUCHER_ANCHOR, data, length))
	must(C.sztp_bundle_new(ctx, &bundle))
	for i, kind := range kinds {
		data, length = octets(os.Args[1+i])
		must(C.sztp_bundle_set(bundle, kind, data, length))
	}
	code := C.sztp_verify(device, bundle, C.int64_t(time.Now().Unix()), C.SZTP_CHANNEL_UNTRUSTED, &verdict)
	fmt.Println(C.GoString(C.sztp_error_name(code)), "lines:", lines > 0)
	C.sztp_verdict_free(verdict)
	C.sztp_bundle_free(bundle)
	C.sztp_device_free(device)
	C.sztp_ctx_free(ctx)
}
