// Composes subgraphs by a library; the supergraph, or what is wrong, as JSON on standard output.
// Arguments: the library's name, then a file for each subgraph, named as the subgraph is.
const { readFileSync } = require('node:fs');
const { basename } = require('node:path');

const [library, ...files] = process.argv.slice(2);
const { composeServices } = require(library);
// the library's own copy of graphql: two copies do not take each other's documents
const { parse } = require(require.resolve('graphql', { paths: [require.resolve(library)] }));

const composed = composeServices(
  files.map((file) => ({
    name: basename(file, '.graphql'),
    url: 'http://' + basename(file, '.graphql'),
    typeDefs: parse(readFileSync(file, 'utf8')),
  })),
);
const errors = (composed.errors ?? []).map((error) => error.message);
process.stdout.write(JSON.stringify({ errors, supergraph: composed.supergraphSdl ?? null }));
