-- umsoap in LuaJIT, as in OpenResty. In nginx.conf, with this file in lua_package_path:
--
--     access_by_lua_block {
--         local umsoap = require "umsoap"
--         ngx.req.read_body()                             -- client_body_buffer_size must hold a message
--         local message, refusal = umsoap.check(ngx.req.get_body_data() or "")
--         if not message then
--             ngx.status = refusal.status
--             ngx.header["Content-Type"] = refusal.media_type
--             ngx.print(refusal.fault)
--             return ngx.exit(ngx.HTTP_OK)
--         end
--         ngx.ctx.call_id = message.call_id
--     }
--
-- Alone: UMSOAP_LIBRARY=../target/c/libumsoap.so luajit umsoap.lua message.xml
local ffi = require "ffi"

ffi.cdef [[
typedef struct { const char *data; size_t length; } umsoap_str;
typedef struct { const char *data; size_t length; bool is_value; } umsoap_text;
typedef struct { uint32_t kind; uint8_t version, messages_namespace, fault_code, field_count; umsoap_str operation;
                 umsoap_text fields[8]; } umsoap_message;
typedef struct { uint32_t result; uint16_t http_status; uint8_t version; uint64_t offset;
                 umsoap_str element; } umsoap_error;
typedef struct { size_t length; const char *media_type; uint16_t http_status; uint8_t version; } umsoap_answer;
uint32_t umsoap_fits(uint32_t, size_t, size_t, size_t);
uint32_t umsoap_parse(const void *, size_t, const void *, umsoap_message *, umsoap_error *);
uint32_t umsoap_value(const void *, size_t, const void *, size_t, void *, size_t, size_t *);
uint32_t umsoap_refuse(const void *, size_t, const void *, uint8_t, umsoap_str, void *, size_t, umsoap_answer *);
umsoap_str umsoap_result_name(uint32_t);
size_t umsoap_field_index(uint32_t, umsoap_str);
]]

local C = ffi.load(os.getenv "UMSOAP_LIBRARY" or "libumsoap.so.0.1")
-- The decoder is not used here. Its size comes from the header.
assert(C.umsoap_fits(0x000100, 1544 * 8, ffi.sizeof "umsoap_message", ffi.sizeof "umsoap_error") == 0)

-- One worker is one thread, so all requests can share these.
local message, err, answer = ffi.new "umsoap_message", ffi.new "umsoap_error", ffi.new "umsoap_answer"
local room, length = ffi.new("char[?]", 8192), ffi.new "size_t[1]"
local call_id, no_actor = ffi.new("umsoap_str", "CallId", 6), ffi.new "umsoap_str"

local umsoap = {}

-- Returns the operation and the CallId's value of a good message, or nil and the answer to a bad one.
function umsoap.check(body)
  if C.umsoap_parse(body, #body, nil, message, err) == 0 then
    local found = { operation = ffi.string(message.operation.data, message.operation.length) }
    local index = tonumber(C.umsoap_field_index(message.kind, call_id))
    if index < 8 and C.umsoap_value(body, #body, nil, index, room, 8192, length) == 0 then
      found.call_id = ffi.string(room, length[0])
    end
    return found
  end
  C.umsoap_refuse(body, #body, nil, 11, no_actor, room, 8192, answer)
  local name = C.umsoap_result_name(err.result)
  return nil, {
    rule = ffi.string(name.data, name.length), offset = tonumber(err.offset), status = answer.http_status,
    media_type = ffi.string(answer.media_type), fault = ffi.string(room, answer.length),
  }
end

if arg and arg[0] and arg[0]:find "umsoap%.lua$" then
  local file = assert(io.open(arg[1], "rb"))
  local found, refusal = umsoap.check(file:read "*a")
  if found then
    print(found.operation, found.call_id)
  else
    print(refusal.rule, refusal.offset, refusal.status, refusal.media_type, refusal.fault)
    os.exit(1)
  end
end

return umsoap
