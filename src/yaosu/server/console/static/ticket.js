// The order ticket: checks while one types, tells what will be held, and asks before it sends.
// Money is counted in whole minor units (BigInt): never in floating point.

const form = document.querySelector("[data-ticket]");

function fill(text, facts) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => facts[name] ?? whole);
}

function grouped(text) {
  return text.replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f");
}

export function moneyOf(minor, digits) {
  const scale = 10n ** BigInt(digits);
  const tail = digits ? `.${(minor % scale).toString().padStart(digits, "0")}` : "";
  return grouped((minor / scale).toString()) + tail;
}

// A price as typed, in minor units; null where it is none. Takes 12, 12.5, 12.50, full width too.
export function minorOf(text, digits) {
  const plain = text.normalize("NFKC").replace(/[\s,\u202f]/g, "");
  const found = plain.match(/^(\d{1,15})(?:\.(\d*))?$/);
  if (!found || (found[2] ?? "").length > digits) return null;
  return BigInt(found[1] + (found[2] ?? "").padEnd(digits, "0"));
}

export function wholeOf(text) {
  const plain = text.normalize("NFKC").replace(/[\s,\u202f]/g, "");
  return /^\d{1,15}$/.test(plain) ? BigInt(plain) : null;
}

function start() {
  const { market, party, mark, currency } = form.dataset;
  const digits = Number(form.dataset.digits);
  const [tick, money] = [BigInt(form.dataset.tick), BigInt(form.dataset.money)];
  const words = Object.fromEntries(
    [...form.querySelectorAll("[data-word]")].map((one) => [one.dataset.word, one.value]),
  );
  const part = (name) => form.querySelector(`[data-${name}]`);
  const key = `ticket-${crypto.randomUUID()}`; // the same however often it is sent

  function typed() {
    const sells = form.elements.side.value === "-1";
    const option = sells ? form.elements.right.selectedOptions[0] : null;
    return {
      sells,
      price: minorOf(form.elements.price.value, digits),
      lots: wholeOf(form.elements.lots.value),
      right: option?.value ?? "",
      most: option ? BigInt(option.dataset.lots) : null,
      instrument: option?.dataset.instrument ?? form.elements.instrument.value,
      region: option?.dataset.region ?? form.elements.region.value,
    };
  }

  function look() {
    const order = typed();
    part("buys").hidden = order.sells;
    part("sells").hidden = !order.sells;
    const goodPrice = order.price !== null && order.price > 0n && order.price % tick === 0n;
    const goodLots = order.lots !== null && order.lots > 0n;
    const cost = goodPrice && goodLots ? order.price * order.lots : 0n;
    const dear = !order.sells && cost > money;
    const many = order.sells && goodLots && order.lots > order.most;
    const steps = { tick: moneyOf(tick, digits) };
    say("price", !goodPrice && form.elements.price.value ? fill(words.bad_price, steps) : "");
    const told = { amount: moneyOf(money, digits), currency, lots: order.most };
    const wrong = many ? words.too_many : dear ? words.too_dear : words.bad_lots;
    const silent = goodLots ? !many && !dear : !form.elements.lots.value;
    say("lots", silent ? "" : fill(wrong, told));
    const ready = goodPrice && goodLots && !dear && !many;
    const held = order.sells
      ? fill(words.holds_lots, { lots: order.lots, right: order.right })
      : fill(words.holds_money, { amount: moneyOf(cost, digits), currency });
    part("holds").textContent = ready ? held : "";
    part("holds-again").textContent = ready ? held : "";
    part("preview").disabled = !ready;
    return { ...order, ready };
  }

  function say(name, text) {
    form.elements[name].setAttribute("aria-invalid", String(Boolean(text)));
    document.getElementById(`${name}-said`).textContent = text;
  }

  function show(name) {
    for (const one of ["write", "confirm", "done"]) part(one).hidden = one !== name;
  }

  form.addEventListener("input", look);
  part("preview").addEventListener("click", () => {
    const order = look();
    if (!order.ready) return;
    part("sure").textContent = fill(order.sells ? words.sure_sell : words.sure, {
      side: order.sells ? words.sell : words.buy,
      lots: order.lots,
      instrument: order.instrument,
      region: form.querySelector(`#region option[value="${CSS.escape(order.region)}"]`).text,
      price: moneyOf(order.price, digits),
      currency,
    });
    show("confirm");
    form.querySelector("[data-confirm] .first").focus();
  });
  part("back").addEventListener("click", () => show("write"));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const order = look();
    if (!order.ready || part("confirm").hidden) return;
    const row = {
      instrument: order.instrument,
      region: order.region,
      side: order.sells ? -1 : 1,
      price: Number(order.price / tick),
      quantity: Number(order.lots),
    };
    if (order.sells) row.right = order.right;
    const path = `/v1/markets/${encodeURIComponent(market)}/orders`;
    const answer = await fetch(`${path}?actor=${encodeURIComponent(party)}`, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        "Idempotency-Key": key,
        "X-CSRF-Token": mark,
        Prefer: "return=minimal",
      },
      body: JSON.stringify([row]),
    });
    const told = await answer.json();
    if (!answer.ok) {
      part("said").textContent = `${told.detail}; ${told.what_next}`;
      return;
    }
    part("done-said").textContent = fill(words.done, { entry: told.sequence });
    part("entry").href = `/journal/${told.sequence}`;
    show("done");
  });
  look();
}

if (form) start();
