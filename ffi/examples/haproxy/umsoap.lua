-- http-request lua.umsoap answers bad messages and sets var(txn.call_id) for the rest: see haproxy.cfg.
local umsoap = require "umsoap_c"

local function answer(txn, status, media_type, body)
  local reply = txn:reply { status = status, body = body }
  reply:add_header("Content-Type", media_type)
  reply:add_header("Content-Length", #body)
  txn:done(reply)
end

core.register_action("umsoap", { "http-req" }, function(txn)
  local body = txn.sf:req_body() or ""
  -- HAProxy keeps only one buffer of the body: tune.bufsize less tune.maxrewrite. A longer message would look cut short.
  local length = tonumber(txn.sf:req_body_size()) or 0
  if length > #body then
    return answer(txn, 413, "text/plain", "The message is too long.\n")
  end
  local operation, second, media_type, fault = umsoap.check(body)
  if not operation then
    return answer(txn, second, media_type, fault)
  end
  txn:set_var("txn.call_id", second or "")
end)
