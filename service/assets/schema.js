// The schema as a list to search: reads SDL text, gives elements.
// The printer writes one definition a block and one field a line, which is all that is relied on.

/** Definitions of printed SDL: [{kind, name, description, lines: [{name, text, description}]}]. */
export function definitions(sdl) {
  const found = [];
  let current = null;
  let description = [];
  let inside = false;
  let depth = 0;
  for (const raw of sdl.split("\n")) {
    const line = raw.trim();
    if (inside || line.startsWith('"""')) {
      const body = inside ? line : line.slice(3);
      if (!inside) description = [];
      const ends = body.endsWith('"""') && (inside || body.length > 2 || line.length > 3);
      const text = ends ? body.slice(0, -3) : body;
      if (text.trim()) description.push(text.trim());
      inside = !ends;
      continue;
    }
    if (!line) continue;
    if (current === null) {
      const head = /^(type|interface|input|enum|scalar|union|directive)\s+(@?\w+)/.exec(line);
      if (head) {
        const made = { kind: head[1], name: head[2], description: description.join(" "), lines: [] };
        found.push(made);
        if (line.endsWith("{")) current = made;
      }
    } else if (line === "}" && depth === 0) {
      current = null;
    } else if (depth > 0) {
      const last = current.lines[current.lines.length - 1];
      last.text += line.startsWith(")") || last.text.endsWith("(") ? line : ` ${line}`;
      depth += balance(line);
    } else {
      const field = /^\w+/.exec(line);
      if (field) {
        current.lines.push({ name: field[0], text: line, description: description.join(" ") });
        depth += balance(line);
      }
    }
    description = [];
  }
  return found;
}

function balance(line) {
  let sum = 0;
  for (const c of line) sum += c === "(" ? 1 : c === ")" ? -1 : 0;
  return sum;
}

/** Definitions in which `words` occur in a name; all of them where it is empty. */
export function search(all, words) {
  const wanted = words.trim().toLowerCase();
  if (!wanted) return all;
  return all.filter((d) => d.name.toLowerCase().includes(wanted) ||
    d.lines.some((l) => l.name.toLowerCase().includes(wanted)));
}

/** One definition as an element. Text is set as text, never as markup. */
export function element(definition, wanted) {
  const details = document.createElement("details");
  const summary = document.createElement("summary");
  const kind = document.createElement("span");
  kind.className = "kind";
  kind.textContent = `${definition.kind} `;
  const name = document.createElement("code");
  name.textContent = definition.name;
  summary.append(kind, name);
  details.append(summary);
  if (definition.description) details.append(paragraph(definition.description));
  const list = document.createElement("ul");
  for (const line of definition.lines) {
    const item = document.createElement("li");
    const code = document.createElement("code");
    code.textContent = line.text;
    const hit = wanted && line.name.toLowerCase().includes(wanted);
    if (hit) {
      const mark = document.createElement("mark");
      mark.append(code);
      item.append(mark);
    } else {
      item.append(code);
    }
    if (line.description) item.append(paragraph(line.description));
    list.append(item);
  }
  if (definition.lines.length) details.append(list);
  return details;
}

function paragraph(text) {
  const made = document.createElement("p");
  made.textContent = text;
  return made;
}
