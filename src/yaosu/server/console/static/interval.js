// Whether prices stand where the price rule says: in the interval of those that support the fills.

import { Line, standing } from "./published.js";

const OWN = -1n; // an end held by its region's own orders
const RULES = {
  low: (node) => node.low,
  high: (node) => node.high,
  mid: (node) => (node.low + node.high) >> 1n,
};

// Between which prices a node may stand by its own orders, given who was filled.
function boundsOf(node, hull) {
  const { buysAt, buysIn, sellsAt, sellsIn } = standing(node);
  const [bought, sold] = [node.bought - buysIn, node.sold - sellsIn];
  const limits = [...node.buys, ...node.sells].map((one) => one.price);
  let { least, most: highest } = hull;
  for (const price of limits) {
    if (price < node.price && price > least) least = price;
    if (price > node.price && price < highest) highest = price;
  }
  if (sold > 0n || bought < buysAt) least = node.price;
  if (bought > 0n || sold < sellsAt) highest = node.price;
  return { least, highest };
}

function hullsOf(nodes) {
  const hulls = new Map();
  for (const node of nodes) {
    const hull = hulls.get(node.instrument) ?? { least: null, most: null };
    hulls.set(node.instrument, hull);
    for (const { price } of [...node.buys, ...node.sells]) {
      if (hull.least === null || price < hull.least) hull.least = price;
      if (hull.most === null || price > hull.most) hull.most = price;
    }
  }
  for (const hull of hulls.values()) if (hull.least === null) hull.least = hull.most = 0n;
  return hulls;
}

// A row of the certificate as [from, to, weight]: price(to) <= price(from) + weight; null where
// the link does not say so now. Rows count the links of the instrument: with room, then in use.
function rowsOf(nodes, links) {
  const byInstrument = new Map(nodes.map((node) => [node.instrument, []]));
  for (const link of links) byInstrument.get(link.instrument).push(link);
  return (node, name) => {
    const here = byInstrument.get(node.instrument);
    const row = Number(node[name]);
    if (row < 0 || row >= 2 * here.length) return null;
    const { from, to, charge, lots, capacity } = here[row % here.length];
    if (row < here.length) return lots < capacity ? [from, to, charge] : null;
    return lots > 0n ? [to, from, -charge] : null;
  };
}

// Whether a node's end follows, along tight rows, from the own bound of some node.
function holding(name, end, boundOf, rowOf) {
  const held = new Map();
  return (node) => {
    const path = [];
    while (!held.has(node)) {
      held.set(node, false); // a circle holds nothing
      path.push(node);
      if (node[name] === OWN) {
        held.set(node, node[end] === boundOf(node));
        break;
      }
      const row = rowOf(node, name);
      if (!row) break;
      const [from, to, weight] = row;
      const [here, other] = end === "lower" ? [from, to] : [to, from];
      if (here !== node || to[end] !== from[end] + weight) break;
      node = other;
    }
    const verdict = held.get(node);
    for (const one of path) held.set(one, verdict);
    return verdict;
  };
}

// The low and the high prices support the fills, nothing lower or higher does, and the rule's price
// stands between them. What holds each end is named by the certificate and followed here.
export function checkInterval(round, { nodes, links }) {
  const line = new Line("interval");
  const hulls = hullsOf(nodes);
  const own = new Map();
  for (const node of nodes) {
    const hull = hulls.get(node.instrument);
    own.set(node, boundsOf(node, hull));
    line.expect(hull.least <= node.price && node.price <= hull.most, node.where);
    node.lower = node.traded ? node.low : node.price;
    node.upper = node.traded ? node.high : node.price;
    const { least, highest } = own.get(node);
    for (const price of node.traded ? [node.lower, node.upper] : []) {
      line.expect(least <= price && price <= highest, node.where);
    }
  }
  for (const { from, to, charge, lots, capacity, where } of links) {
    for (const end of ["lower", "upper"]) {
      const gap = to[end] - from[end];
      line.expect(lots >= capacity || !to.traded || gap <= charge, where);
      line.expect(lots <= 0n || !from.traded || gap >= charge, where);
    }
  }
  const rowOf = rowsOf(nodes, links);
  const lower = holding("low_by", "lower", (node) => own.get(node).least, rowOf);
  const upper = holding("high_by", "upper", (node) => own.get(node).highest, rowOf);
  for (const node of nodes) if (node.traded) line.expect(lower(node) && upper(node), node.where);
  const ruled = RULES[round.price_rule];
  line.expect(ruled !== undefined, "");
  for (const node of nodes) {
    if (ruled && node.traded) line.expect(node.price === ruled(node), node.where);
  }
  const open = nodes.filter((node) => node.traded && node.low !== node.high).length;
  return line.with({ rule: round.price_rule, open });
}
