"use strict";
// The page keeps nothing: language and theme begin from the reader's settings at every opening.
(function () {
  const root = document.documentElement;
  const data = JSON.parse(document.getElementById("report-data").textContent);
  const NARROW = 480; // CSS pixels
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  let views = [];
  let turn = 0;

  const language = () => root.lang.startsWith("zh") ? "zh" : "en";
  const theme = () => root.dataset.theme || (dark.matches ? "dark" : "light");

  function resolve(value, lang, tokens) {
    if (typeof value === "string") {
      if (value.startsWith("@@")) return value.slice(2).split("@@")[lang === "en" ? 0 : 1];
      if (value.startsWith("$$")) return tokens[value.slice(2)];
      return value;
    }
    if (Array.isArray(value)) return value.map(item => resolve(item, lang, tokens));
    if (value !== null && typeof value === "object") {
      const out = {};
      for (const name of Object.keys(value)) out[name] = resolve(value[name], lang, tokens);
      return out;
    }
    return value;
  }
  window.yaosuResolve = (spec, lang, name) => resolve(spec, lang, data.tokens[name]);

  // On a telephone a legend takes two columns, and labels that would overlap are left out.
  function fold(spec) {
    const config = spec.config;
    config.legend = { ...config.legend, columns: 2 };
    config.axisX = { ...config.axisX, labelOverlap: true };
    spec.padding = { left: 5, top: 5, bottom: 5, right: 30 };  // for the number at a bar's end
  }

  async function draw() {
    const mine = ++turn;
    for (const view of views) view.finalize();
    views = [];
    const tooltip = { theme: theme() };
    const options = { actions: false, renderer: "svg", mode: "vega-lite", tooltip };
    for (const place of document.querySelectorAll("[data-chart]")) {
      const spec = window.yaosuResolve(data.charts[place.dataset.chart], language(), theme());
      if (place.clientWidth < NARROW) fold(spec);
      const view = await window.vegaEmbed(place, spec, options);
      if (mine !== turn) { view.finalize(); return; }
      views.push(view);
      const drawing = place.querySelector("svg");
      if (drawing) {
        drawing.setAttribute("role", "img");
        drawing.setAttribute("aria-label", place.dataset[language()]);
      }
    }
    root.dataset.drawn = language() + " " + theme();
  }

  function show() {
    document.title = data.title[language()];
    for (const button of document.querySelectorAll("[data-set-lang]"))
      button.setAttribute("aria-pressed", String(button.dataset.setLang === language()));
    for (const button of document.querySelectorAll("[data-set-theme]"))
      button.setAttribute("aria-pressed", String(button.dataset.setTheme === theme()));
    draw();
  }

  const speak = (name) => {
    root.lang = name.toLowerCase().startsWith("zh") ? "zh-Hans" : "en";
  };
  for (const button of document.querySelectorAll("[data-set-lang]"))
    button.addEventListener("click", () => {
      speak(button.dataset.setLang);
      show();
    });
  for (const button of document.querySelectorAll("[data-set-theme]"))
    button.addEventListener("click", () => {
      root.dataset.theme = button.dataset.setTheme;
      show();
    });
  dark.addEventListener("change", show);
  speak(navigator.language || "en");
  root.classList.add("scripted");
  show();
})();
