// What is asked of the server is asked in the language of the page, so that it answers in it.

const language = () => document.documentElement.lang;

export async function request(path, options = {}) {
  const headers = { ...options.headers, "Accept-Language": language() };
  try {
    return await fetch(path, { ...options, headers });
  } catch {
    throw new Error(document.body.dataset.unreached); // a browser would say it in its language
  }
}

// A refusal in one line: what stands in the way, and what to do next.
export function whyNot(told) {
  const between = language().startsWith("zh") ? "；" : "; ";
  return `${told.detail ?? told.sentence}${between}${told.what_next}`;
}
