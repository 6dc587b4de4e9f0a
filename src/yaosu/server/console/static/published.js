// The tables of a published round as lists of objects, and what a check says of them.
//
// Shapes and names: docs/reference/results.md. Whole numbers are BigInt throughout.

export const MILLION = 1_000_000n;

const NUMBERS = {
  regions: [
    ...["price", "low", "high", "low_by", "high_by", "traded"],
    ...["bought", "sold", "blocks_bought", "blocks_sold"],
  ],
  links: [
    ...["capacity", "lots", "arrived", "cost", "fee", "loss_ppm", "shadow_price", "rent"],
    "rounding",
  ],
  levels: ["side", "price", "lots"],
};
const TEXTS = {
  regions: ["instrument", "region"],
  links: ["instrument", "source", "target"],
  levels: ["instrument", "region"],
};

export const sum = (values) => values.reduce((all, one) => all + one, 0n);
export const placeOf = (...names) => JSON.stringify(names);

// What a check finds: whether it holds everywhere, or where it does not.
export class Line {
  constructor(name) {
    Object.assign(this, { name, ok: true, facts: {} });
  }

  expect(condition, where) {
    if (condition || !this.ok) return;
    this.ok = false;
    this.facts.where = where;
  }

  with(facts) {
    Object.assign(this.facts, facts);
    return this;
  }
}

// The tables as lists of objects, with nodes (an instrument in a region) numbered.
export function read(round) {
  const line = new Line("form");
  for (const name of Object.keys(NUMBERS)) {
    const [table, numbers, texts] = [round[name], NUMBERS[name], TEXTS[name]];
    const fits = (column, kind) => {
      const found = table.columns[column];
      return Array.isArray(found) && found.length === table.rows
        && found.every((value) => typeof value === kind);
    };
    if (!table?.columns) return { line: { ...line, ok: false, facts: { where: name } } };
    const whole = numbers.every((column) => fits(column, "bigint"));
    line.expect(whole && texts.every((column) => fits(column, "string")), name);
  }
  if (!line.ok) return { line };
  const rowsOf = ({ rows, columns }) => Array.from({ length: rows }, (_, at) =>
    Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values[at]])));
  const [nodes, links, levels] = [round.regions, round.links, round.levels].map(rowsOf);
  const known = new Map();
  for (const node of nodes) {
    node.where = node.region;
    const place = placeOf(node.instrument, node.region);
    line.expect(!known.has(place), node.where);
    known.set(place, node);
    Object.assign(node, { buys: [], sells: [], into: [], out: [] });
    const lots = [node.bought, node.sold, node.blocks_bought, node.blocks_sold];
    line.expect(lots.every((one) => one >= 0n) && [0n, 1n].includes(node.traded), node.where);
  }
  for (const link of links) {
    link.where = `${link.source} → ${link.target}`;
    link.from = known.get(placeOf(link.instrument, link.source));
    link.to = known.get(placeOf(link.instrument, link.target));
    line.expect(link.from && link.to && link.from !== link.to, link.where);
    const amounts = [link.capacity, link.cost, link.fee, link.loss_ppm];
    line.expect(amounts.every((one) => one >= 0n) && link.loss_ppm < MILLION, link.where);
    link.charge = link.cost + link.fee;
    link.from?.out.push(link);
    link.to?.into.push(link);
  }
  let last = null;
  for (const level of levels) {
    const node = known.get(placeOf(level.instrument, level.region));
    const isSide = level.side === 1n || level.side === -1n;
    line.expect(node && isSide && level.lots > 0n, level.region);
    if (!line.ok) break;
    const side = level.side > 0n ? node.buys : node.sells;
    const isNext = side.length === 0 || (last === side && side.at(-1).price < level.price);
    line.expect(isNext, node.where);
    side.push(level);
    last = side;
  }
  const counts = { regions: nodes.length, links: links.length, levels: levels.length };
  line.with({ crossed: round.crossed });
  return { line: line.with(counts), nodes, links };
}

// Lots of one side of a node that are better than its price, and those at it.
export function standing(node) {
  const at = (levels, keep) => sum(levels.filter((one) => keep(one.price)).map((one) => one.lots));
  return {
    buysIn: at(node.buys, (price) => price > node.price),
    buysAt: at(node.buys, (price) => price === node.price),
    sellsIn: at(node.sells, (price) => price < node.price),
    sellsAt: at(node.sells, (price) => price === node.price),
  };
}
