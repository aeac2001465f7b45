# SPDX-License-Identifier: Apache-2.0
"""libsztp from Python with ctypes: a thin layer, the functions and constants that a session needs."""
import ctypes as c

lib = c.CDLL("libsztp.so.0")

ACTION = {1: "discover", 2: "resolve", 3: "fetch", 4: "download", 5: "install", 6: "script", 7: "config",
          8: "key", 9: "rollback", 10: "reboot", 11: "wait", 12: "enabled", 13: "save", 14: "done", 15: "failed",
          16: "ask", 17: "domains", 18: "csr"}
NAME, ADDRESS, PORT, METHOD, PATH, HEADER, BODY, ANCHOR, PROVISIONAL = range(2, 11)
DEADLINE, DATA, RESULT = 13, 15, 23
STATUS, CONTENT_TYPE, PEER_VERIFIED, MESSAGE, REASON = 32, 33, 34, 35, 36
OK, WARNING, NOTHING, FAILED, TIMEOUT = 0, 2, 3, 4, 5
CERT_VOUCHER_ANCHOR, CERT_SERVER_ANCHOR, CERT_IDENTITY = 1, 2, 3
SOURCE_WELL_KNOWN = 6
POLICY_MAX_PASSES = 48
RESULT_DONE = 1

pp, u8p, size = c.POINTER(c.c_void_p), c.POINTER(c.c_uint8), c.c_size_t
u32, u64, i64, i32, p = c.c_uint32, c.c_uint64, c.c_int64, c.c_int32, c.c_void_p
for name, result, arguments in [
    ("sztp_ctx_new", i32, [p, pp]), ("sztp_ctx_free", None, [p]),
    ("sztp_device_new", i32, [p, pp]), ("sztp_device_free", None, [p]),
    ("sztp_device_add_cert", i32, [p, u32, c.c_char_p, size]),
    ("sztp_device_add_server", i32, [p, c.c_char_p, c.c_uint16]),
    ("sztp_device_set_i64", i32, [p, u32, i64]),
    ("sztp_session_new", i32, [p, p, pp]), ("sztp_session_free", None, [p]),
    ("sztp_session_add_source", i32, [p, u32]), ("sztp_session_set_time", i32, [p, u64, i64]),
    ("sztp_session_next", i32, [p, u64, pp]),
    ("sztp_action_kind", u32, [p]), ("sztp_action_ticket", u64, [p]), ("sztp_action_count", size, [p, u32]),
    ("sztp_action_i64", i32, [p, u32, size, c.POINTER(i64)]),
    ("sztp_action_bytes", i32, [p, u32, size, c.POINTER(u8p), c.POINTER(size)]),
    ("sztp_reply_i64", i32, [p, u64, u32, i64]), ("sztp_reply_bytes", i32, [p, u64, u32, c.c_char_p, size]),
    ("sztp_reply_write", i32, [p, u64, c.c_char_p, size]), ("sztp_reply_end", i32, [p, u64, u32]),
    ("sztp_error_text", c.c_char_p, [i32]),
]:
    function = getattr(lib, name)
    function.restype, function.argtypes = result, arguments


class Error(Exception):
    pass


def check(code):
    if code < 0:
        raise Error(lib.sztp_error_text(code).decode())


class Action:
    def __init__(self, pointer):
        self.pointer = pointer
        self.kind = ACTION[lib.sztp_action_kind(pointer)]
        self.ticket = lib.sztp_action_ticket(pointer)

    def number(self, field):
        value = i64()
        return value.value if lib.sztp_action_i64(self.pointer, field, 0, c.byref(value)) == 0 else None

    def octets(self, field):
        """All values of a field."""
        values, data, length = [], u8p(), size()
        for index in range(lib.sztp_action_count(self.pointer, field)):
            check(lib.sztp_action_bytes(self.pointer, field, index, c.byref(data), c.byref(length)))
            values.append(c.string_at(data, length.value))
        return values

    def text(self, field):
        values = self.octets(field)
        return values[0].decode() if values else None


class Device:
    def __init__(self):
        self.ctx, self.device = p(), p()
        check(lib.sztp_ctx_new(None, c.byref(self.ctx)))
        check(lib.sztp_device_new(self.ctx, c.byref(self.device)))

    def add_cert(self, role, path):
        with open(path, "rb") as f:
            data = f.read()
        check(lib.sztp_device_add_cert(self.device, role, data, len(data)))

    def close(self):
        lib.sztp_device_free(self.device)
        lib.sztp_ctx_free(self.ctx)


class Session:
    def __init__(self, device, sources):
        self.session = p()
        check(lib.sztp_session_new(device.ctx, device.device, c.byref(self.session)))
        for source in sources:
            check(lib.sztp_session_add_source(self.session, source))

    def set_time(self, now_ms, unix_time):
        check(lib.sztp_session_set_time(self.session, now_ms, unix_time))

    def next(self, now_ms):
        pointer = p()
        check(lib.sztp_session_next(self.session, now_ms, c.byref(pointer)))
        return Action(pointer)

    def number(self, action, field, value):
        check(lib.sztp_reply_i64(self.session, action.ticket, field, value))

    def octets(self, action, field, value):
        check(lib.sztp_reply_bytes(self.session, action.ticket, field, value, len(value)))

    def write(self, action, chunk):
        check(lib.sztp_reply_write(self.session, action.ticket, chunk, len(chunk)))

    def end(self, action, outcome):
        check(lib.sztp_reply_end(self.session, action.ticket, outcome))

    def close(self):
        lib.sztp_session_free(self.session)
