#include "cli/report/html_page.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/report/escape.h"
#include "cli/report/terminal.h"
#include "runtime/builtins/encoding.h"

namespace bylaw::cli {
namespace {

const std::string_view kHtmlStyle = R"css(
:root { color-scheme: light dark;
  --page: #f6f7f9; --card: #fff; --text: #1b2230; --soft: #596377; --line: #d9dee7; --accent: #1f5fbf; --code: #eef1f6;
  --critical: #8e1535; --high: #c62f2f; --medium: #b26a00; --low: #2b6cb0; --info: #667085; --pass: #1f7a4d; --unknown: #6b4fb3; --waived: #4a6785; }
@media screen and (prefers-color-scheme: dark) { :root {
  --page: #12161d; --card: #1a202a; --text: #e6eaf1; --soft: #9aa5b8; --line: #2e3745; --accent: #82b1ff; --code: #242c39;
  --critical: #ff7b9c; --high: #ff8a80; --medium: #ffc069; --low: #8ec5ff; --info: #aab4c5; --pass: #6fd3a0; --unknown: #c3aefc; --waived: #9fbcd9; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
main, header, footer { max-width: 1120px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 28px; } footer { padding: 24px 20px 40px; color: var(--soft); font-size: 13px; }
h1 { font-size: 24px; margin: 0 0 4px; } h2 { font-size: 17px; margin: 28px 0 10px; } h3 { font-size: 15px; margin: 0; }
p { margin: 4px 0; } a { color: var(--accent); } .soft { color: var(--soft); } .run { font-size: 13px; overflow-wrap: anywhere; }
.skip { position: absolute; left: -9999px; } .skip:focus { left: 12px; top: 12px; background: var(--card); padding: 8px 12px; z-index: 2; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(130px, 1fr)); gap: 12px; margin: 18px 0 0; padding: 0; list-style: none; }
.cards li, .panel { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 14px; }
.cards b { display: block; font-size: 26px; line-height: 1.2; font-variant-numeric: tabular-nums; }
.panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(250px, 1fr)); gap: 12px; margin-top: 12px; }
.panel h2 { margin: 0 0 8px; font-size: 15px; } .panel table { width: 100%; border-collapse: collapse; }
.panel th { text-align: left; font-weight: 400; padding: 2px 8px 2px 0; white-space: nowrap; } .panel td.n { text-align: right; font-variant-numeric: tabular-nums; padding-left: 8px; }
.panel th.long { white-space: normal; overflow-wrap: anywhere; font-size: 13px; width: 58%; } .panel td.bar { width: 100%; } .panel svg { display: block; width: 100%; height: 12px; }
.fail { color: var(--high); fill: var(--high); } .unknown { color: var(--unknown); fill: var(--unknown); } .pass { color: var(--pass); fill: var(--pass); }
.waived { color: var(--waived); fill: var(--waived); } .not_applicable { color: var(--soft); fill: var(--line); }
.critical { color: var(--critical); fill: var(--critical); } .high { color: var(--high); fill: var(--high); } .medium { color: var(--medium); fill: var(--medium); }
.low { color: var(--low); fill: var(--low); } .info { color: var(--info); fill: var(--info); }
form { display: flex; flex-wrap: wrap; gap: 10px 18px; align-items: end; background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 14px; position: sticky; top: 0; z-index: 1; }
form label { font-size: 13px; } form > label { display: flex; flex-direction: column; gap: 3px; color: var(--soft); }
input[type=search], select { font: inherit; color: var(--text); background: var(--page); border: 1px solid var(--line); border-radius: 7px; padding: 6px 9px; min-width: 220px; } select { min-width: 120px; }
fieldset { border: 0; padding: 0; margin: 0; display: flex; flex-wrap: wrap; gap: 4px 12px; } legend { padding: 0; font-size: 13px; color: var(--soft); margin-bottom: 3px; }
#count { margin: 12px 2px 8px; color: var(--soft); font-size: 14px; }
details.group { background: var(--card); border: 1px solid var(--line); border-radius: 10px; margin: 0 0 10px; } details.group > summary { cursor: pointer; padding: 10px 14px; display: flex; gap: 10px; flex-wrap: wrap; align-items: baseline; }
details.group > summary::before { content: "▸"; color: var(--soft); } details.group[open] > summary::before { content: "▾"; } summary::-webkit-details-marker { display: none; } details.run > summary { cursor: pointer; }
summary .name { font-weight: 600; overflow-wrap: anywhere; flex: 1 1 240px; } summary .tally { color: var(--soft); font-size: 13px; white-space: nowrap; }
article { border-top: 1px solid var(--line); padding: 10px 14px 12px; } article .head { display: flex; flex-wrap: wrap; gap: 4px 10px; align-items: baseline; }
.badge { font-size: 12px; font-weight: 600; border: 1px solid currentColor; border-radius: 20px; padding: 0 9px; white-space: nowrap; }
code { font: 13px/1.5 ui-monospace, "DejaVu Sans Mono", monospace; background: var(--code); border-radius: 5px; padding: 1px 5px; overflow-wrap: anywhere; unicode-bidi: isolate; }
article .text { margin: 5px 0 0; overflow-wrap: anywhere; unicode-bidi: isolate; } article .place { font-size: 13px; color: var(--soft); } article .fix { border-left: 3px solid var(--pass); padding-left: 9px; }
article ul { margin: 4px 0 0; padding-left: 20px; font-size: 14px; } button { font: inherit; color: var(--accent); background: none; border: 1px solid var(--line); border-radius: 7px; padding: 5px 12px; cursor: pointer; }
.more { padding: 10px 14px; border-top: 1px solid var(--line); }
.rules { overflow-x: auto; } .rules table { border-collapse: collapse; width: 100%; font-size: 14px; } .rules th, .rules td { text-align: left; white-space: normal; padding: 5px 9px; border-bottom: 1px solid var(--line); vertical-align: top; } .rules td.n, .rules th.n { text-align: right; font-variant-numeric: tabular-nums; }
@media (max-width: 640px) { form { position: static; } input[type=search] { min-width: 0; width: 100%; } form > label:first-child { width: 100%; } }
@page { margin: 14mm 12mm; @bottom-right { content: counter(page) " / " counter(pages); font: 8pt system-ui, sans-serif; color: #444; } }
@media print { :root { --page: #fff; --card: #fff; --text: #000; --soft: #444; --line: #bbb; --code: #fff; color-scheme: light; }
  form, .skip, .more, .screen { display: none; } body { font-size: 10pt; line-height: 1.4; } main, header, footer { max-width: none; padding: 0; } header { padding-top: 0; } footer { padding-top: 12px; }
  h1, h2, h3, summary, #count { break-after: avoid; } article, tr, li, .cards, .panel { break-inside: avoid; } .panel.rules { break-inside: auto; overflow: visible; border: 0; padding: 0; }
  .cards { grid-template-columns: repeat(auto-fit, minmax(80px, 1fr)); gap: 8px; } .panels { grid-template-columns: repeat(2, 1fr); gap: 8px; } .cards b { font-size: 20px; }
  .rules table, .rules code { font-size: 8.5pt; } .rules th, .rules td { padding: 3px 5px; } .rules td:first-child { overflow-wrap: anywhere; min-width: 48mm; } .rules th.n { width: 1%; }
  details.group { border-width: 1px 0 0; border-radius: 0; margin: 0; } details.group > summary { padding: 6px 0; } details.group[open] > summary::before { content: none; }
  article { padding: 5px 0 6px 10px; } article .text { margin-top: 2px; } article code { font-size: 9pt; padding: 0; }
  .many .brief { padding: 1px 0 1px 10px; } .many .brief :is(.head, h3, .where) { display: inline; margin: 0 8px 0 0; } .many .brief .badge { border: 0; padding: 0; margin-right: 6px; }
  .many .brief > :not(.head, .where) { display: none; } }
)css";

/// 'sha256-…', as a content security policy names an inline script or style.
std::string Digest(std::string_view text) {
  const std::string hex = Sha256Hex(text);
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return "'sha256-" + Base64Encode(bytes).value_or("") + "'";
}

}  // namespace

std::string HtmlHead(std::string_view title, std::string_view script, std::string_view more_style) {
  const std::string style = fmt::format("{}{}", kHtmlStyle, more_style);
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
      "content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src {}; script-src "
      "{}\">\n<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n",
      Digest(style), script.empty() ? "'none'" : Digest(script), EscapeMarkup(title), style);
}

std::string HtmlInputs(const std::vector<InputInfo>& inputs) {
  constexpr size_t kMostShown = 3;
  std::string all;
  std::vector<std::string> formats;  // each once
  for (const InputInfo& input : inputs) {
    all += fmt::format("{}{} ({})", all.empty() ? "" : ", ", Visible(input.path), input.format);
    if (std::find(formats.begin(), formats.end(), input.format) == formats.end()) formats.push_back(input.format);
  }
  all = EscapeMarkup(all);
  if (inputs.size() <= kMostShown) return fmt::format("<p class=\"run soft\">inputs: {}</p>\n", all);
  return fmt::format("<details class=\"run soft\"><summary>{} inputs: {}</summary>{}</details>\n", inputs.size(),
                     EscapeMarkup(fmt::format("{}", fmt::join(formats, ", "))), all);
}

std::string HtmlBar(std::string_view label, std::string_view bar_class, uint64_t count, uint64_t most,
                    std::string_view label_class) {
  const double width = most == 0 ? 0 : 100.0 * static_cast<double>(count) / static_cast<double>(most);
  return fmt::format(
      "<tr><th scope=\"row\" class=\"{}\">{}</th><td class=\"bar\"><svg aria-hidden=\"true\" viewBox=\"0 0 100 10\" "
      "preserveAspectRatio=\"none\">"
      "<rect class=\"{}\" width=\"{:.1f}\" height=\"10\"/></svg></td><td class=\"n\">{}</td></tr>\n",
      label_class, EscapeMarkup(label), bar_class, width, count);
}

const std::string_view kHtmlScript = R"js(
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const $ = id => document.getElementById(id);
const element = (name, className, text) => { const e = document.createElement(name); if (className) e.className = className; if (text !== undefined) e.textContent = text; return e; };
const words = { fail: "fail", unknown: "undecided", waived: "waived", pass: "pass", not_applicable: "not applicable" };
const severities = ["critical", "high", "medium", "low", "info"];
const chunk = 100;
// On paper a group of many results has a few in full and the rest as lines.
const inFull = 3, many = 10;
for (const f of data.results) {
  const rule = data.rules[f.rule];
  f.haystack = [rule.id, rule.title, f.resource, f.place, f.text, f.fix, f.account, f.region, f.controls.join(" ")].join("\n").toLowerCase();
}
const groupings = {
  rule: f => { const r = data.rules[f.rule]; return [{ key: String(f.rule), name: r.id + "  " + r.title, rank: severities.indexOf(r.severity) }]; },
  resource: f => [{ key: f.resource, name: f.resource, rank: 0 }],
  account: f => { const name = (f.account || "account not known") + (f.region ? " · " + f.region : ""); return [{ key: name, name: name, rank: 0 }]; },
  framework: f => (f.controls.length ? f.controls : ["no control"]).map(c => ({ key: c, name: c, rank: c === "no control" ? 1 : 0 })),
};
function article(f) {
  const rule = data.rules[f.rule], a = element("article"), head = element("div", "head");
  head.append(element("span", "badge " + f.verdict, words[f.verdict]), element("span", "badge " + f.severity, f.severity));
  if (data.baseline && f.new) head.append(element("span", "badge fail", "new"));
  const name = element("h3"); name.append(element("code", "", f.resource)); head.append(name);
  const by = $("group").value === "rule" ? "" : rule.id + " · " + rule.title;
  a.append(head, element("p", "place where", [by, f.place].filter(Boolean).join(" · ")), element("p", "text", f.text));
  const facts = f.witnesses.map(w => w.text + (w.place ? " (" + w.place + ")" : ""));
  if (facts.length) { const list = element("ul"); for (const fact of facts) list.append(element("li", "", fact)); a.append(list); }
  if (f.waiver) a.append(element("p", "text", f.waiver));
  if (f.fix && f.verdict === "fail") a.append(element("p", "text fix", f.fix));
  if (f.controls.length) a.append(element("p", "place", "Controls: " + f.controls.join(", ")));
  return a;
}
function fill(group, all) {
  if (group.more) { group.more.remove(); group.more = null; }
  const end = all ? group.items.length : Math.min(group.items.length, group.shown + chunk);
  const part = document.createDocumentFragment();
  for (; group.shown < end; ++group.shown) {
    const node = article(group.items[group.shown]);
    if (group.shown >= inFull) node.classList.add("brief");
    part.append(node);
  }
  if (group.shown < group.items.length) {
    const left = group.items.length - group.shown, button = element("button", "", "Show " + Math.min(chunk, left) + " more of " + left);
    button.type = "button"; button.onclick = () => { const at = group.shown; fill(group, false); group.node.querySelectorAll("article")[at].scrollIntoView({ block: "nearest" }); };
    group.more = element("div", "more"); group.more.append(button); part.append(group.more);
  }
  group.node.append(part);
}
let groups = [];
function show() {
  const query = $("search").value.trim().toLowerCase().split(/\s+/).filter(Boolean), by = groupings[$("group").value];
  const checked = name => new Set([...document.querySelectorAll("input[name=" + name + "]:checked")].map(i => i.value));
  const verdicts = checked("verdict"), wanted = checked("severity"), onlyNew = $("new") && $("new").checked;
  const found = new Map(); let count = 0;
  for (const f of data.results) {
    if (!verdicts.has(f.verdict) || !wanted.has(f.severity) || (onlyNew && !f.new) || !query.every(q => f.haystack.includes(q))) continue;
    ++count;
    for (const g of by(f)) {
      let group = found.get(g.key);
      if (!group) found.set(g.key, group = { name: g.name, rank: g.rank, items: [], shown: 0, more: null });
      group.items.push(f);
    }
  }
  groups = [...found.values()].sort((a, b) => a.rank - b.rank || b.items.length - a.items.length || (a.name < b.name ? -1 : 1));
  const list = document.createDocumentFragment(); let opened = 0;
  for (const group of groups) {
    const node = element("details", group.items.length > many ? "group many" : "group"), summary = element("summary"), tally = {};
    for (const f of group.items) tally[f.verdict] = (tally[f.verdict] || 0) + 1;
    summary.append(element("span", "name", group.name), element("span", "tally", Object.keys(words).filter(v => tally[v]).map(v => tally[v] + " " + words[v]).join(", ")));
    node.append(summary); group.node = node;
    node.addEventListener("toggle", () => { if (node.open && group.shown === 0) fill(group, false); });
    if (opened < 20) { node.open = true; opened += group.items.length; fill(group, false); }
    list.append(node);
  }
  $("findings").replaceChildren(list);
  $("count").textContent = (count < data.results.length ? count + " of " : "") + data.results.length + (data.results.length === 1 ? " result in " : " results in ") + groups.length + (groups.length === 1 ? " group" : " groups");
}
let pending = 0;
$("filter").addEventListener("input", () => { clearTimeout(pending); pending = setTimeout(show, 60); });
$("filter").addEventListener("submit", event => event.preventDefault());
document.addEventListener("keydown", event => { if (event.key === "/" && !/INPUT|SELECT|TEXTAREA/.test(document.activeElement.tagName)) { event.preventDefault(); $("search").focus(); } });
window.addEventListener("beforeprint", () => { for (const group of groups) { fill(group, true); group.node.open = true; } });
show();
document.documentElement.dataset.ready = String(Math.round(performance.now()));
)js";

}  // namespace bylaw::cli
