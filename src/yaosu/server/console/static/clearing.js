// Checks the result of a call auction from what everybody may see of it: no order, no solver.
//
// A second implementation of what verify_clearing proves, as far as it follows from the outcome and
// from lots by price (docs/reference/results.md). Whole numbers throughout, in time linear in the
// rows. Each check is a line: { name, ok, facts }; where it fails, facts.where says the place.

import { checkInterval } from "./interval.js";
import { Line, MILLION, placeOf, read, standing, sum } from "./published.js";

const PLAIN = "call/1";
const EXACT = "call/exact/1";
const BLOCKS = "call/blocks/1";

const most = (a, b) => (a > b ? a : b);

// A price stands where, and only where, something is traded in the part of the network around it.
function checkPrices({ nodes, links }) {
  const line = new Line("prices");
  const root = new Map(nodes.map((node) => [node, node]));
  const top = (node) => {
    while (root.get(node) !== node) {
      root.set(node, root.get(root.get(node)));
      node = root.get(node);
    }
    return node;
  };
  for (const link of links) if (link.capacity > 0n) root.set(top(link.from), top(link.to));
  const active = new Set(nodes.filter((node) => traded(node)).map(top));
  for (const link of links) if (link.lots > 0n) active.add(top(link.from));
  for (const node of nodes) line.expect((node.traded === 1n) === active.has(top(node)), node.where);
  const priced = nodes.filter((node) => node.traded === 1n);
  const prices = new Set(priced.map((node) => node.price));
  return line.with({ priced: priced.length, regions: nodes.length, prices: prices.size });
}

function traded(node) {
  return node.bought + node.sold + node.blocks_bought + node.blocks_sold > 0n;
}

function checkFills({ nodes }, isExact) {
  const line = new Line(isExact ? "fills_exact" : "fills");
  for (const node of nodes) {
    const { buysIn, buysAt, sellsIn, sellsAt } = standing(node);
    line.expect(node.bought <= buysIn + buysAt && node.sold <= sellsIn + sellsAt, node.where);
    if (!isExact) line.expect(node.bought >= buysIn && node.sold >= sellsIn, node.where);
  }
  const [bought, sold] = [sum(nodes.map((one) => one.bought)), sum(nodes.map((one) => one.sold))];
  return line.with({ bought, sold });
}

function checkBalance({ nodes, links }) {
  const line = new Line("balance");
  for (const node of nodes) {
    const came = sum(node.into.map((link) => link.arrived));
    const went = sum(node.out.map((link) => link.lots));
    const sold = node.sold + node.blocks_sold + came;
    line.expect(sold === node.bought + node.blocks_bought + went, node.where);
  }
  for (const link of links) {
    const lost = (link.lots * link.loss_ppm + MILLION - 1n) / MILLION; // rounded up
    line.expect(link.arrived === link.lots - lost, link.where);
  }
  const sent = sum(links.map((link) => link.lots));
  return line.with({ regions: nodes.length, sent, lost: sent - sum(links.map((l) => l.arrived)) });
}

function checkLimits({ links }) {
  const line = new Line("limits");
  for (const link of links) line.expect(0n <= link.lots && link.lots <= link.capacity, link.where);
  const used = links.filter((link) => link.lots > 0n);
  const full = used.filter((link) => link.lots === link.capacity);
  return line.with({ links: links.length, used: used.length, full: full.length });
}

function checkGaps({ links }) {
  const line = new Line("gaps");
  let widest = 0n;
  for (const link of links) {
    const gap = link.to.price - link.from.price - link.charge;
    line.expect(gap <= 0n || link.lots === link.capacity, link.where);
    line.expect(gap >= 0n || link.lots === 0n, link.where);
    const both = link.from.traded === 1n && link.to.traded === 1n;
    const shadow = both && link.lots === link.capacity ? most(gap, 0n) : 0n;
    line.expect(link.shadow_price === shadow && link.rent === shadow * link.lots, link.where);
    widest = most(widest, shadow);
  }
  return line.with({ binding: links.filter((link) => link.shadow_price > 0n).length, widest });
}

// Flows have a direction: links in use never lead back to where they began.
function checkCircles({ nodes, links }) {
  const line = new Line("circles");
  const used = links.filter((link) => link.lots > 0n);
  const left = new Map(nodes.map((node) => [node, 0]));
  for (const link of used) left.set(link.to, left.get(link.to) + 1);
  const ready = nodes.filter((node) => left.get(node) === 0);
  let passed = 0;
  while (ready.length) {
    const node = ready.pop();
    passed++;
    for (const link of node.out) {
      if (link.lots <= 0n) continue;
      left.set(link.to, left.get(link.to) - 1);
      if (left.get(link.to) === 0) ready.push(link.to);
    }
  }
  const stuck = nodes.find((node) => left.get(node) > 0);
  line.expect(passed === nodes.length, stuck?.where);
  return line.with({ used: used.length });
}

// What fills are worth at their limits, served best first.
function worthOf(levels, lots, isBuy) {
  let [worth, left] = [0n, lots];
  for (const level of isBuy ? [...levels].reverse() : levels) {
    const taken = left < level.lots ? left : level.lots;
    worth += taken * level.price;
    left -= taken;
  }
  return worth;
}

function checkWelfare(round, { nodes, links }) {
  const kinds = { [PLAIN]: "welfare", [EXACT]: "welfare_exact", [BLOCKS]: "welfare_blocks" };
  const line = new Line(kinds[round.rule]);
  let [worth, gains, blocks] = [0n, 0n, 0n];
  for (const node of nodes) {
    worth += worthOf(node.buys, node.bought, true) - worthOf(node.sells, node.sold, false);
    for (const { price, lots } of node.buys) gains += most(price - node.price, 0n) * lots;
    for (const { price, lots } of node.sells) gains += most(node.price - price, 0n) * lots;
    blocks += node.price * (node.blocks_sold - node.blocks_bought);
  }
  let bound = gains * MILLION; // in millionths
  for (const link of links) {
    worth -= link.charge * link.lots;
    const kept = (MILLION - link.loss_ppm) * link.to.price;
    bound += most(kept - (link.from.price + link.charge) * MILLION, 0n) * link.capacity;
  }
  const fees = sum(links.map((link) => link.fee * link.lots));
  const upTo = bound / MILLION + (bound % MILLION ? 1n : 0n) + blocks;
  if (round.rule === EXACT) line.expect(worth <= upTo && round.primal <= round.dual, "");
  else line.expect(worth === upTo, "");
  if (round.rule === PLAIN) line.expect(round.dual === upTo, "");
  if (round.rule !== BLOCKS) line.expect(round.primal === worth, "");
  line.expect(round.welfare === round.primal + fees, "");
  return line.with({ worth, bound: upTo, apart: upTo - worth, welfare: round.welfare });
}

function checkMoney(round, { nodes, links }) {
  const line = new Line("money");
  const paid = sum(nodes.map((one) => one.price * (one.bought + one.blocks_bought)));
  const received = sum(nodes.map((one) => one.price * (one.sold + one.blocks_sold)));
  const [cost, fee] = ["cost", "fee"].map((name) => sum(links.map((one) => one[name] * one.lots)));
  const [rent, rounding] = ["rent", "rounding"].map((name) => sum(links.map((one) => one[name])));
  line.expect(paid === received + cost + fee + rent + rounding, "");
  line.expect(round.volume === sum(nodes.map((one) => one.bought + one.blocks_bought)), "");
  const tick = round.tick_minor;
  const minor = { paid, received, cost, fee, rent, rounding };
  for (const name of Object.keys(minor)) minor[name] *= tick;
  return line.with({ ...minor, volume: round.volume });
}

// Whether what somebody ordered is among what was published: lots of own orders by price.
export function checkOwn(round, own) {
  const line = new Line("own");
  const { rows, columns } = round.levels;
  const known = new Map();
  for (let at = 0; at < rows; at++) {
    const [instrument, region] = [columns.instrument[at], columns.region[at]];
    const place = [instrument, region, String(columns.side[at]), String(columns.price[at])];
    known.set(placeOf(...place), columns.lots[at]);
  }
  for (const { instrument, region, side, price, lots } of own) {
    const found = known.get(placeOf(instrument, region, String(side), String(price))) ?? 0n;
    line.expect(found >= BigInt(lots), region);
  }
  return line.with({ levels: own.length, lots: sum(own.map((one) => BigInt(one.lots))) });
}

// Everything that can be checked of a published round: the lines, and the names of what cannot be.
export function checkRound(round) {
  const isLeftOut = round.rows > BigInt(round.regions.rows + round.links.rows + round.levels.rows);
  if (isLeftOut) return { lines: [], left: ["size"] };
  if (![PLAIN, EXACT, BLOCKS].includes(round.rule)) return { lines: [], left: ["rule"] };
  const tables = read(round);
  if (!tables.line.ok) return { lines: [tables.line], left: [] };
  for (const node of tables.nodes) node.traded = node.traded === 1n ? 1n : 0n;
  const [isPlain, isExact] = [round.rule === PLAIN, round.rule === EXACT];
  const lines = [
    tables.line,
    checkPrices(tables),
    checkFills(tables, isExact),
    checkBalance(tables),
    checkLimits(tables),
    ...(isExact ? [] : [checkGaps(tables), checkCircles(tables)]),
    checkWelfare(round, tables),
    ...(isPlain ? [checkInterval(round, tables)] : []),
    checkMoney(round, tables),
  ];
  const left = ["margin", "orders"];
  if (isExact) left.push("fractions");
  if (round.rule === BLOCKS) left.push("blocks");
  return { lines, left };
}
