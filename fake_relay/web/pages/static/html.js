// HTML of our own server becomes nodes here and nowhere else: the one policy of trusted types.
// The server has escaped what was sent; scripts in a template never run.
const policy = globalThis.trustedTypes?.createPolicy("fake-relay", { createHTML: (text) => text });

export function parse(text) {
  const template = document.createElement("template");
  template.innerHTML = policy ? policy.createHTML(text) : text;
  return template.content;
}

// What the server says at an address, as nodes; null when it does not answer, or with no such page.
export async function fetched(address) {
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    // A form that asks for the token is not what was asked for.
    return answer.ok && !answer.redirected ? parse(await answer.text()) : null;
  } catch {
    return null;
  }
}
