// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace xingu {

/// The page's only style sheet: dark ink on white, A4 in print, one accent; states told by word and sign beside colour.
inline constexpr std::string_view page_style = R"css(
:root{--ink:#17202b;--soft:#4d5a69;--rule:#d5dbe2;--pale:#f4f6f9;--accent:#0a5a73;--good:#17663a;--bad:#a3161b;
--warn-bg:#fff3d0;--warn-ink:#5c3d00;--bar:150px}
*{box-sizing:border-box}
html{font:15px/1.5 "Inter","Segoe UI",system-ui,-apple-system,"Helvetica Neue","Noto Sans","DejaVu Sans",Arial,sans-serif;
color:var(--ink);background:#fff;-webkit-text-size-adjust:100%;font-variant-numeric:tabular-nums lining-nums}
body{margin:0}
.sheet{max-width:1200px;margin:0 auto;padding:0 40px}
a{color:var(--accent)}
.skip{position:absolute;left:-9999px}.skip:focus{left:8px;top:8px;background:#fff;padding:4px 8px;z-index:9}
.banner{background:var(--warn-bg);color:var(--warn-ink);border-bottom:2px solid #b37a00;font-weight:600;font-size:14px}
.banner .sheet{padding-top:9px;padding-bottom:9px}
header.top{padding:30px 0 6px}
.eyebrow{color:var(--accent);font-weight:700;letter-spacing:.04em;font-size:13px}
h1{font-size:30px;line-height:1.2;margin:4px 0 2px;font-weight:700;letter-spacing:-.01em;overflow-wrap:anywhere}
h2{font-size:20px;line-height:1.3;margin:0 0 4px;font-weight:700;letter-spacing:-.005em}
h3{font-size:15px;margin:22px 0 6px;font-weight:700}
section{padding:26px 0 8px;border-top:1px solid var(--rule);margin-top:26px}
.lead{color:var(--soft);margin:0 0 14px;max-width:80ch}
.identity{display:grid;grid-template-columns:repeat(4,1fr);gap:14px 28px;margin:18px 0 0;padding:0}
.identity dt{color:var(--soft);font-size:12.5px}
.identity dd{margin:0;font-weight:600;overflow-wrap:anywhere}
.identity dd .unit,.identity dd small,th small{font-weight:400}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:14px;margin:22px 0 0}
.card:first-child{grid-column:span 2}
.card{background:var(--pale);border:1px solid var(--rule);border-radius:8px;padding:13px 16px}
.card .name{color:var(--soft);font-size:12.5px}
.card .big{font-size:25px;font-weight:700;line-height:1.25;letter-spacing:-.01em;white-space:nowrap}
.card .big .unit{font-size:14px}
.card .small{font-size:12.5px;color:var(--soft);overflow-wrap:anywhere}
.card.good{border-left:5px solid var(--good)}.card.bad{border-left:5px solid var(--bad)}
.unit{color:var(--soft);font-size:.88em;font-weight:400;white-space:nowrap}
.scroll{overflow-x:auto}.scroll+.scroll{margin-top:24px}sup,sub{line-height:0;font-size:.75em}
table{border-collapse:collapse;width:100%;font-size:14px}
caption{text-align:left;color:var(--soft);font-size:13px;padding:0 0 6px}
th,td{padding:6px 10px;text-align:left;vertical-align:baseline;border-bottom:1px solid var(--rule)}
thead th{font-size:12.5px;color:var(--soft);font-weight:600;border-bottom:1.5px solid #98a3b0;vertical-align:bottom}
tbody th{font-weight:600;overflow-wrap:anywhere;min-width:8em}
th:first-child,td:first-child{padding-left:4px}
.num{text-align:right;white-space:nowrap}.value{white-space:nowrap}
thead th.num{white-space:normal;overflow-wrap:normal;max-width:11em}
.goals td{white-space:nowrap}.goals a{text-decoration:none}
.sources{margin:4px 0 0;padding-left:26px;font-size:12.5px;line-height:1.45;color:var(--soft);columns:2;column-gap:40px}
.sources li{break-inside:avoid;padding-bottom:3px}.sources li:target{background:var(--warn-bg)}
tbody tr:nth-child(even){background:#fafbfc}
tr.sum td,tr.sum th{border-top:1.5px solid #98a3b0;font-weight:700;background:none}
.note{color:var(--soft);font-size:12.5px;line-height:1.4}
td.achieved{font-weight:700}.achieved small{white-space:normal;font-weight:400}.none{color:var(--soft);font-weight:400}
.state{font-weight:700;white-space:nowrap}
.state.met{color:var(--good)}.state.missed{color:var(--bad)}.state.missing{color:var(--soft)}
tr.missed{background:#fdf1f0!important}
.swatch{width:26px;height:10px;vertical-align:middle;margin-right:8px}
.made{margin:12px 0 0;font-size:13px;color:var(--soft)}
figure{margin:0}figcaption{color:var(--soft);font-size:12.5px;padding:5px 0 0}
svg{display:block;max-width:100%}
svg text{font-family:inherit;fill:var(--ink)}
svg.dvh,svg.beam-map{width:100%;height:auto}
svg.swatch,svg.chip,.keys svg,.line-keys svg{display:inline-block}
svg.shared{position:absolute}
.grid path{stroke:#e4e8ed;stroke-width:1;fill:none}.grid text{font-size:12.5px;fill:var(--soft)}
.axis{stroke:#7a8694;fill:none;stroke-width:1.2}.axis-name{font-size:13px;fill:var(--soft)}
.bands path{fill-opacity:.22;stroke:none}
.curves path{fill:none;stroke-width:2.2;stroke-linejoin:round}.curves path:hover{stroke-width:4}
.curves:not(.dataset-0) path{stroke-width:1.6}
.curve-name{font-size:12.5px;font-weight:600;paint-order:stroke;stroke:#fff;stroke-width:3px}
.prescription{stroke:var(--ink);stroke-width:1.2;stroke-dasharray:1 3;fill:none}
.prescription-name{font-size:12.5px;fill:var(--soft);paint-order:stroke;stroke:#fff;stroke-width:4px}
.line-keys{display:flex;flex-wrap:wrap;gap:4px 26px;margin:4px 0 18px;padding:0;list-style:none;font-size:13px}
.line-keys svg{width:42px;height:10px;vertical-align:middle;margin-right:8px}
.slices{display:flex;gap:12px;margin:0 0 14px}.slices figure{flex:1 1 0;min-width:0}
svg.slice{width:100%;height:auto;border-radius:3px}
.isodoses path{fill:none;stroke-width:1.6;vector-effect:non-scaling-stroke;stroke-linejoin:round}
.isodoses path.full{stroke-width:2.8}
.outlines path{fill:none;stroke-width:1.4;vector-effect:non-scaling-stroke}
.outlines path.target{stroke-width:2.4}
.outlines path.halo{stroke:#000;stroke-opacity:.45;stroke-width:2.4}
svg.slice text{fill:#fff;paint-order:stroke;stroke:#000;stroke-width:.22em;stroke-linejoin:round}
svg.slice text.letter{font-weight:700;fill:#ffe9a8}
svg.slice text.iso-name{font-weight:700;stroke-width:.26em}
.scale{stroke:#fff;stroke-width:1.6;fill:none;vector-effect:non-scaling-stroke}
.scale-halo{stroke:#000;stroke-width:4;fill:none;vector-effect:non-scaling-stroke;stroke-opacity:.6}
.centre{stroke:#fff;stroke-width:1.2;fill:none;vector-effect:non-scaling-stroke}
.slice-legend{display:grid;grid-template-columns:max-content 1fr;gap:7px 22px;font-size:13px;margin:0}
.slice-legend dt{font-weight:600}.slice-legend dd{margin:0;display:flex;flex-wrap:wrap;gap:4px 16px}
.slice-legend dd>span{white-space:nowrap}
.chip{width:34px;height:14px;vertical-align:-2px;margin-right:7px}
.sphere{fill:#fff}.rim{fill:none;stroke:#5a6675;stroke-width:1.6}
.graticule{fill:none;stroke:#c9d1da;stroke-width:.8}.equator{fill:none;stroke:#6d7a89;stroke-width:1.3;stroke-dasharray:5 3}
.unreachable{fill:url(#hatch);stroke:#8b96a3;stroke-width:1}.open-end{fill:url(#dots);stroke:#a9761f;stroke-width:1}
.candidates{stroke:#8fa0b2;stroke-width:3.2;stroke-linecap:round;fill:none}
.open-end-candidates{stroke:#a9761f;stroke-width:7;stroke-linecap:round;fill:none}
.beam circle{fill:#0a5a73;stroke:#fff;stroke-width:1.6}
.beam-map .beam text{font-size:12px;font-weight:700;fill:#fff}
.beam-map .beam.beside text{fill:#0a3d4d;paint-order:stroke;stroke:#fff;stroke-width:3px}
.beam-map .leader{stroke:#0a5a73;stroke-width:1}
.side{font-size:13px;fill:var(--soft)!important}.side .letter{font-weight:700;fill:var(--ink)}
.half-name{font-size:14px;font-weight:600}
.keys{display:flex;flex-wrap:wrap;gap:4px 24px;list-style:none;margin:6px 0 18px;padding:0;font-size:13px}
.keys svg{width:22px;height:22px;vertical-align:middle;margin-right:7px}
.bar{display:inline-block;height:9px;background:#7fb0c0;border-radius:1.5px;vertical-align:baseline}
.columns{display:grid;grid-template-columns:1fr 1fr;gap:8px 44px;align-items:start}
.warnings{margin:0;padding:0;list-style:none}
.warnings li{padding:7px 12px 7px 34px;background:var(--warn-bg);color:var(--warn-ink);border-radius:5px;margin-bottom:6px;
position:relative;overflow-wrap:anywhere}
.warnings li::before{content:"\26A0";position:absolute;left:12px}
details{margin-top:14px}summary{cursor:pointer;font-weight:600}
code{font:.88em/1.4 ui-monospace,"SF Mono",Consolas,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
footer{color:var(--soft);font-size:12.5px;padding:22px 0 40px;margin-top:30px;border-top:1px solid var(--rule)}
@media screen and (max-width:1100px){:root{--bar:70px}th,td{padding:5px 7px}table{font-size:13px}
.goals td,td.num{white-space:normal}.num data,.num .unit,.state{white-space:nowrap}}
@media screen and (max-width:900px){:root{--bar:44px}.sheet{padding:0 16px}table{font-size:12px}th,td{padding:4px 5px}
caption,thead th,.note{font-size:11.5px}.identity,.columns{grid-template-columns:1fr 1fr}.columns{grid-template-columns:1fr}
.cards{grid-template-columns:1fr 1fr}.slices{flex-wrap:wrap}.slices figure{flex:1 1 100%}}
@page{size:A4;margin:12mm 11mm 15mm;
@bottom-left{content:"Xingu. Research use only, not for the treatment of a person.";font:8px "DejaVu Sans",Arial,sans-serif}
@bottom-right{content:counter(page) " / " counter(pages);font:8px "DejaVu Sans",Arial,sans-serif}}
@media print{:root{--bar:110px}.goals td{white-space:normal}
.num data,.num .unit,.state{white-space:nowrap}html{font-size:10.5px}.sheet{padding:0;max-width:none}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}.skip{display:none}
.cards{grid-template-columns:2fr 1fr 1fr 1fr 1fr;gap:8px}.card:first-child{grid-column:span 1}
h1{font-size:20px}h2{font-size:14px}h3{font-size:10.5px;margin-top:12px}.sources{font-size:8.5px}.lead,footer,.made,table,.keys,.line-keys,.slice-legend{font-size:9.5px}
.banner,.card .name,.card .small,caption,thead th,.note,figcaption,.identity dt{font-size:9px}
.card .big{font-size:16px}.card{padding:8px 10px}th,td{padding:3.5px 6px}section{margin-top:14px;padding-top:14px}
.isodoses path{stroke-width:1}.isodoses path.full{stroke-width:1.8}.outlines path{stroke-width:.9}
.outlines path.target{stroke-width:1.5}.outlines path.halo{stroke-width:1.6}.curves path{stroke-width:2.6}
figure,.card,tr,.warnings li,.slices,.lead,.keys,.slice-legend{break-inside:avoid}h2,h3,.lead,caption{break-after:avoid}thead{display:table-header-group}
summary{list-style:none}details::details-content{content-visibility:visible;block-size:auto}}
@media print and (orientation:landscape){svg.dvh,svg.beam-map{width:auto;max-height:135mm;margin:0 auto}}
)css";

}  // namespace xingu
