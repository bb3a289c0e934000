// One subscription in a real client; a JSON line on standard output for whatever happens to it.
// Arguments: ws or sse, address, token, purpose, document, variables as JSON.
import { createClient as createSocketClient } from 'graphql-ws';
import { createClient as createStreamClient } from 'graphql-sse';
import WebSocket from 'ws';

const [kind, url, token, purpose, query, variables] = process.argv.slice(2);
const say = (told) => process.stdout.write(JSON.stringify(told) + '\n');

const sockets = () =>
  createSocketClient({
    url: url.replace('http', 'ws') + '/graphql',
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: `Bearer ${token}`, 'Saphan-Purpose': purpose },
    retryAttempts: 0,
    on: {
      connected: () => say({ connected: true }),
      closed: (event) => say({ closed: event.code }),
    },
  });

const streams = () =>
  createStreamClient({
    url: url + '/graphql/stream',
    headers: { Authorization: `Bearer ${token}`, 'Saphan-Purpose': purpose },
    retryAttempts: 0,
  });

const client = kind === 'ws' ? sockets() : streams();
client.subscribe(
  { query, variables: JSON.parse(variables) },
  {
    next: (result) => say({ next: result }),
    error: (error) => say({ error: Array.isArray(error) ? error : (error.code ?? String(error)) }),
    complete: () => say({ complete: true }),
  },
);
