// An OpenID provider as ministries run them, for tests/tokens/test_provider.py.
//
// `node provider.mjs [PORT [KID]]` prints `listening PORT`. Then one command a line on standard input, one line in answer:
//   rotate KID    signs with a new key, publishes it beside the old ones
//   drop KID      publishes that key no more
//   token CLAIMS  (JSON) prints an access token as RFC 9068 says, signed by the provider itself
//   fetches       prints how often the key set was fetched
import http from 'node:http'
import readline from 'node:readline'
import { generateKeyPairSync } from 'node:crypto'
import Provider from 'oidc-provider'

const AUDIENCE = 'https://registry.example'
const server = http.createServer()
await new Promise((done) => server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', done))
const port = server.address().port
const issuer = `http://127.0.0.1:${port}`

let keys = []
let claims = {}
let fetches = 0
let handle

function begin() {
  const provider = new Provider(issuer, {
    jwks: { keys },
    clients: [
      {
        client_id: 'mosvy-desk',
        client_secret: 'of-a-test',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => AUDIENCE,
        getResourceServerInfo: () => ({
          scope: 'registry',
          audience: AUDIENCE,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 3600,
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
    extraTokenClaims: () => claims,
  })
  handle = provider.callback()
}

function rotate(kid) {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = { ...privateKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'ES256' }
  keys = [jwk, ...keys]
  begin()
}

async function token(wanted) {
  claims = wanted
  const answer = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa('mosvy-desk:of-a-test')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource: AUDIENCE }),
  })
  const found = await answer.json()
  return found.access_token ?? `error ${JSON.stringify(found)}`
}

server.on('request', (request, response) => {
  if (request.url.startsWith('/jwks')) fetches += 1
  handle(request, response)
})
rotate(process.argv[3] ?? 'first')
console.log(`listening ${port}`)

for await (const line of readline.createInterface({ input: process.stdin })) {
  const [command, rest] = [line.split(' ')[0], line.slice(line.indexOf(' ') + 1)]
  if (command === 'rotate') rotate(rest)
  if (command === 'drop') {
    keys = keys.filter((jwk) => jwk.kid !== rest)
    begin()
  }
  if (command === 'token') console.log(await token(JSON.parse(rest)))
  else console.log(command === 'fetches' ? fetches : 'done')
}
process.exit(0)
