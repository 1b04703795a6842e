"""umsoap in Python, by ctypes: parse(bytes) returns a Message or raises Refused.

    UMSOAP_LIBRARY=../target/c/libumsoap.so python3 umsoap.py message.xml
"""

import ctypes
import os
import sys
from ctypes import POINTER, byref, c_bool, c_char_p, c_size_t, c_uint8, c_uint16, c_uint32, c_uint64, c_void_p


class Str(ctypes.Structure):
    _fields_ = [("data", c_void_p), ("length", c_size_t)]

    def __str__(self):
        return ctypes.string_at(self.data, self.length).decode() if self.data else ""


class Text(ctypes.Structure):
    _fields_ = [("data", c_void_p), ("length", c_size_t), ("is_value", c_bool)]


class RawMessage(ctypes.Structure):
    _fields_ = [("kind", c_uint32), ("version", c_uint8), ("messages_namespace", c_uint8), ("fault_code", c_uint8),
                ("field_count", c_uint8), ("operation", Str), ("fields", Text * 8)]


class RawError(ctypes.Structure):
    _fields_ = [("result", c_uint32), ("http_status", c_uint16), ("version", c_uint8), ("offset", c_uint64),
                ("element", Str)]


class Answer(ctypes.Structure):
    _fields_ = [("length", c_size_t), ("media_type", c_char_p), ("http_status", c_uint16), ("version", c_uint8)]


library = ctypes.CDLL(os.environ.get("UMSOAP_LIBRARY", "libumsoap.so.0.1"))
library.umsoap_parse.argtypes = [c_char_p, c_size_t, c_void_p, POINTER(RawMessage), POINTER(RawError)]
library.umsoap_value.argtypes = [c_char_p, c_size_t, c_void_p, c_size_t, c_char_p, c_size_t, POINTER(c_size_t)]
library.umsoap_refuse.argtypes = [c_char_p, c_size_t, c_void_p, c_uint8, Str, c_char_p, c_size_t, POINTER(Answer)]
library.umsoap_result_name.restype = library.umsoap_field_name.restype = Str
library.umsoap_field_name.argtypes = [c_uint32, c_size_t]
library.umsoap_fits.argtypes = [c_uint32, c_size_t, c_size_t, c_size_t]
# The decoder is not used here. Its size comes from the header.
if library.umsoap_fits(0x000100, 1544 * 8, ctypes.sizeof(RawMessage), ctypes.sizeof(RawError)) != 0:
    raise ImportError("libumsoap is not of version 0.1")


class Refused(ValueError):
    """A message that breaks a rule, with the complete answer to it."""

    def __init__(self, rule, offset, status, media_type, fault):
        super().__init__(f"{rule} at byte {offset}")
        self.rule, self.offset, self.status, self.media_type, self.fault = rule, offset, status, media_type, fault


class Message:
    def __init__(self, operation, soap, fields):
        self.operation, self.soap, self.fields = operation, soap, fields


def parse(data, actor=""):
    message, error = RawMessage(), RawError()
    if library.umsoap_parse(data, len(data), None, byref(message), byref(error)) == 0:
        fields = {}
        for index in range(message.field_count):
            text = message.fields[index]
            if text.data and text.is_value:
                value = ctypes.string_at(text.data, text.length)
            elif text.data:  # A value is never longer than its written form.
                room, length = ctypes.create_string_buffer(text.length), c_size_t()
                library.umsoap_value(data, len(data), None, index, room, len(room), byref(length))
                value = room.raw[:length.value]
            else:
                continue
            fields[str(library.umsoap_field_name(message.kind, index))] = value.decode()
        return Message(str(message.operation), f"1.{message.version - 10}", fields)
    name, answer, room = actor.encode(), Answer(), ctypes.create_string_buffer(8192)
    actor = Str(ctypes.cast(c_char_p(name), c_void_p) if name else None, len(name))
    library.umsoap_refuse(data, len(data), None, 11, actor, room, len(room), byref(answer))
    rule = str(library.umsoap_result_name(error.result))
    raise Refused(rule, error.offset, answer.http_status, answer.media_type.decode(), room.raw[:answer.length])


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as file:
        try:
            found = parse(file.read(), "urn:example:gateway")
            print(found.operation, "SOAP", found.soap, found.fields)
        except Refused as refused:
            print(refused, "HTTP", refused.status, refused.media_type, refused.fault.decode(), sep="\n")
            sys.exit(1)
