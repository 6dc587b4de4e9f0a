// Opens a one-time link: the secret stands behind the #, which the browser sends to nobody.
const form = document.querySelector("form");
const said = document.querySelector("#said");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const link = location.hash.slice(1);
  const password = form.elements.password.value;
  const answer = await fetch("/v1/links", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ link, password }),
  });
  const told = await answer.json();
  if (answer.ok) {
    history.replaceState(null, "", "/join");
    form.hidden = true;
    said.textContent = `The login ${told.login} is ready: sign in with it and this password.`;
  } else {
    said.textContent = `${told.detail}; ${told.what_next}`;
  }
});
