/* umsoap for the Lua of HAProxy: umsoap_c.check(body, hint) returns the operation and the CallId, or nil and the answer.

   cc -shared -fPIC umsoap_c.c $(pkg-config --cflags --libs lua5.3 umsoap) -o umsoap_c.so */
#include <lua.h>
#include <lauxlib.h>
#include <umsoap.h>

static int check(lua_State *lua) {
  size_t length, n;
  const char *body = luaL_checklstring(lua, 1, &length);
  uint8_t hint = (uint8_t)luaL_optinteger(lua, 2, UMSOAP_SOAP_1_1);
  char room[8192]; /* Every CallId, and every answer but one that names a very long header block. */
  umsoap_message message;
  umsoap_error error;
  umsoap_answer answer;
  if (umsoap_parse(body, length, NULL, &message, &error) == UMSOAP_OK) {
    size_t index = umsoap_field_index(message.kind, umsoap_str_of("CallId"));
    lua_pushlstring(lua, message.operation.data, message.operation.length);
    if (umsoap_value(body, length, NULL, index, room, sizeof room, &n) != UMSOAP_OK) {
      return 1;
    }
    lua_pushlstring(lua, room, n);
    return 2;
  }
  if (umsoap_refuse(body, length, NULL, hint, umsoap_str_of("urn:haproxy"), room, sizeof room, &answer) != UMSOAP_OK) {
    return luaL_error(lua, "umsoap: no answer");
  }
  lua_pushnil(lua);
  lua_pushinteger(lua, answer.http_status);
  lua_pushstring(lua, answer.media_type);
  lua_pushlstring(lua, room, answer.length);
  return 4;
}

int luaopen_umsoap_c(lua_State *lua) {
  if (umsoap_check() != UMSOAP_OK) {
    return luaL_error(lua, "umsoap: the library is of another version");
  }
  static const luaL_Reg functions[] = {{"check", check}, {NULL, NULL}};
  luaL_newlib(lua, functions);
  return 1;
}
