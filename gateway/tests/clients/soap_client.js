// Calls through the gateway with node's soap, in SOAP 1.1 and 1.2, over HTTP/1.1 and HTTP/2, and checks the state, the
// cause and the faults that soap reads.
'use strict';
const assert = require('node:assert');
const path = require('node:path');
const { createRequire } = require('node:module');
const load = createRequire(path.join(process.argv[3], 'x.js'));
const soap = load('soap');
const axios = load('axios');
const { version } = load('soap/package.json');

const url = process.argv[2];
const documented =
  'MDlkZjllZGMtNGUyMy00NzA5LWJkYWYtN2JlMjBjYjBhZTU2QGRmLWV1bS0wMS5leGNoYW5nZS5jb3JwLm1pY3Jvc29mdC5jb20=';

async function main() {
  for (const [port, httpVersion, options] of [
    ['UnifiedMessagingSoap11', 1, {}],
    ['UnifiedMessagingSoap12', 1, { forceSoap12Headers: true }],
    ['UnifiedMessagingSoap11', 2, {}],
    ['UnifiedMessagingSoap12', 2, { forceSoap12Headers: true }],
  ]) {
    const request = axios.create({ httpVersion });
    const versions = new Set();
    request.interceptors.response.use(
      (response) => (versions.add(response.request.constructor.name), response),
      (error) => (versions.add(error.request.constructor.name), Promise.reject(error)),
    );
    const client = await soap.createClientAsync(`${url}?wsdl`, { ...options, request, endpoint: url });
    const service = client.UnifiedMessaging[port];
    const call = (CallId) =>
      new Promise((resolve, reject) =>
        service.GetCallInfo({ CallId }, (error, result) => (error ? reject(error) : resolve(result))),
      );
    for (const [id, state, cause] of [
      [documented, 'Connected', 'None'],
      ['mock:state:Disconnected:UserBusy', 'Disconnected', 'UserBusy'],
      ['mock:state:Connecting:None', 'Connecting', 'None'],
      ['mock:chunked', 'Connected', 'None'],
    ]) {
      const { GetCallInfoResponse: info } = await call(id);
      assert.deepStrictEqual([info.CallState, info.EventCause], [state, cause], `${port} ${id}`);
    }
    for (const [id, words] of [
      ['caf\u00e9 & <co>\ttab', "The call identifier isn't valid."],
      ['mock:fault', 'The UM server refused the request.'],
      ['mock:html', 'The reply of the UM server cannot be used.'],
    ]) {
      await assert.rejects(call(id), (error) => error.message.includes(words), `${port} ${id}`);
    }
    const used = httpVersion === 2 ? 'ClientHttp2Stream' : 'ClientRequest';
    assert.deepStrictEqual([...versions], [used], `${port} HTTP/${httpVersion}`);
    console.log(`soap ${version} ${port}, HTTP/${httpVersion}: good`);
  }
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
