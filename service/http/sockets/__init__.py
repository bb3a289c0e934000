"""What goes on being answered: sockets (graphql-transport-ws) and streams (graphql-sse).

In the order of a socket's life:

- `upgrade`: what an upgrade must look like, before a protocol for it is made;
- `protocol`: uvicorn's protocol for sockets with the limits that it leaves open;
- `presence`: who is here, how many may be, and whose token has ended;
- `connection`: one socket, message by message;
- `messages`: the texts of graphql-transport-ws, read and written;
- `outbox`: what waits to leave, bounded;
- `operating`: one operation of a socket or a stream, its refusals and its end;
- `stream`: one stream at /graphql/stream.
"""
