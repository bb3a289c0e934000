// The page for trying queries. Plain modules, no build step, no address but our own.
// Token, query and answers live in this page's memory: never in the address, a cookie or storage.
import { definitions, element, search } from "./schema.js";

const at = (id) => document.getElementById(id);
const START = `query Desk($first: Int!) {
  returnCases(first: $first, orderBy: [{ field: STATE_SINCE, direction: DESC }]) {
    totalCount
    edges {
      node {
        id
        state
        agreement { code }
        victim { id ageBand givenName withheld { field reason clause } }
      }
    }
  }
}
`;

let running = null;

/** The claims a token carries, unverified, to show who it speaks for; null if it is no token. */
function claimsOf(token) {
  const parts = token.split(".");
  if (parts.length !== 3) return null;
  try {
    const text = atob(parts[1].replace(/-/g, "+").replace(/_/g, "/"));
    const bytes = Uint8Array.from(text, (c) => c.charCodeAt(0));
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return null;
  }
}

function tellToken() {
  const token = at("token").value.trim();
  const claims = token ? claimsOf(token) : null;
  const says = at("token-says");
  if (!token) says.textContent = "";
  else if (!claims) says.textContent = "This does not look like an access token.";
  else {
    const list = (value) => (Array.isArray(value) ? value.join(", ") : "") || "none";
    const ends = Number.isInteger(claims.exp) ? new Date(claims.exp * 1000).toLocaleString() : "?";
    says.textContent = `${claims.agency}, roles: ${list(claims.roles)}, ` +
      `purposes: ${list(claims.purposes)}, until ${ends}`;
  }
}

/** Names of the operations in the document, in order; enough for a choice, not a parser. */
function operationNames(query) {
  const bare = query.replace(/"""[\s\S]*?"""|"(?:\\.|[^"\\\n])*"|#[^\n]*/g, "");
  return [...bare.matchAll(/\b(?:query|mutation|subscription)\s+([_A-Za-z]\w*)/g)].map((m) => m[1]);
}

function offerOperations() {
  const names = operationNames(at("query").value);
  const choice = at("operation");
  const before = choice.value;
  choice.replaceChildren(...names.map((name) => new Option(name, name)));
  if (names.includes(before)) choice.value = before;
  choice.hidden = at("operation-label").hidden = names.length < 2;
}

function readVariables() {
  const text = at("variables").value.trim();
  at("variables-says").textContent = "";
  at("variables").removeAttribute("aria-invalid");
  if (!text) return {};
  try {
    const value = JSON.parse(text);
    if (value !== null && typeof value === "object" && !Array.isArray(value)) return value;
  } catch {
    // told below like every other text that is not an object
  }
  at("variables-says").textContent = "The variables are not a JSON object.";
  at("variables").setAttribute("aria-invalid", "true");
  at("variables").focus();
  return null;
}

async function run() {
  const variables = readVariables();
  if (variables === null || running) return;
  const headers = {
    "Content-Type": "application/json",
    Accept: "application/graphql-response+json",
  };
  const token = at("token").value.trim();
  if (token) headers.Authorization = `Bearer ${token}`;
  if (at("purpose").value) headers["Saphan-Purpose"] = at("purpose").value;
  const sent = { query: at("query").value, variables };
  if (!at("operation").hidden) sent.operationName = at("operation").value;
  running = new AbortController();
  at("run").disabled = true;
  at("stop").disabled = false;
  at("status").textContent = "Asking …";
  const began = performance.now();
  try {
    const response = await fetch("/graphql", {
      method: "POST",
      headers,
      body: JSON.stringify(sent),
      cache: "no-store",
      credentials: "omit",
      referrerPolicy: "no-referrer",
      signal: running.signal,
    });
    const text = await response.text();
    show(response.status, text, Math.round(performance.now() - began));
  } catch (error) {
    clear();
    at("status").textContent =
      error.name === "AbortError" ? "Stopped." : "The registry did not answer.";
  } finally {
    running = null;
    at("run").disabled = false;
    at("stop").disabled = true;
  }
}

function clear() {
  at("body").textContent = "";
  at("errors").hidden = at("withheld").hidden = true;
}

function show(status, text, milliseconds) {
  clear();
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    at("status").textContent = `${status}: the answer is not JSON.`;
    at("body").textContent = text;
    return;
  }
  const extensions = body.extensions ?? {};
  const told = [`${status}`, `${milliseconds} ms`];
  if (extensions.cost) told.push(`cost ${extensions.cost.requested} of ${extensions.cost.limit}`);
  told.push(extensions.accessRecord ? `on record as ${extensions.accessRecord}` : "nothing protected was asked");
  at("status").textContent = told.join(" · ");
  at("body").textContent = JSON.stringify(body, null, 2);
  fill("errors", (body.errors ?? []).map((error) => [
    error.extensions?.field ?? (error.path ?? []).join("."),
    error.extensions?.reason ?? error.extensions?.code ?? "",
    error.message,
    (error.extensions?.clauses ?? []).join("; "),
  ]));
  fill("withheld", Object.entries(extensions.withheld ?? {}).flatMap(([field, reasons]) =>
    Object.entries(reasons).map(([reason, count]) => [field, reason, String(count)])));
}

/** Rows of texts into a table, which is hidden while it has none. */
function fill(id, rows) {
  const body = at(id).querySelector("tbody");
  body.replaceChildren(...rows.map((texts) => {
    const row = document.createElement("tr");
    row.append(...texts.map((text) => {
      const cell = document.createElement("td");
      cell.textContent = text;
      return cell;
    }));
    return row;
  }));
  at(id).hidden = rows.length === 0;
}

async function loadSchema() {
  const response = await fetch("/schema.graphql", { credentials: "omit" });
  if (!response.ok) throw new Error("no schema");
  const all = definitions(await response.text());
  const list = () => {
    const wanted = at("search").value;
    const found = search(all, wanted);
    at("found").textContent = `${found.length} of ${all.length} definitions`;
    at("types").replaceChildren(...found.map((d) => element(d, wanted.trim().toLowerCase())));
  };
  at("search").addEventListener("input", list);
  list();
}

at("query").value = START;
at("variables").value = '{ "first": 10 }';
at("token").addEventListener("input", tellToken);
at("query").addEventListener("input", offerOperations);
at("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  run();
});
at("ask").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    run();
  }
});
at("stop").addEventListener("click", () => running?.abort());
loadSchema().catch(() => {
  at("found").textContent = "The schema could not be read.";
});
