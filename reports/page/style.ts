/** The style sheet of a page; STYLE_HASH admits it, and nothing else. */
export const STYLE = `
:root{color-scheme:light dark;--ink:#1b1f24;--quiet:#57606a;--paper:#fff;--line:#d0d7de;--soft:#f3f5f7;--bad:#b42318;--act:#0b5cad;--mark:#fff3c4}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ed;--quiet:#9da7b1;--paper:#14181d;--line:#3a424b;--soft:#1d232a;--bad:#ff8a80;--act:#79b8ff;--mark:#332c0d}}
*{box-sizing:border-box}
body{margin:0;padding:1rem 1.25rem 4rem;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
h1{font-size:1.35rem;margin:0 0 .25rem}h2{font-size:1.05rem;margin:1.5rem 0 .5rem}
p{margin:.35rem 0;max-width:52rem}a{color:var(--act)}
code,pre,.lines,.heads,td,th{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:12.5px}
pre{background:var(--soft);padding:.6rem;overflow:auto;max-height:24rem;border:1px solid var(--line)}
.verdict{color:var(--bad);font-weight:600}.quiet{color:var(--quiet)}
button{font:inherit;font-size:13px;padding:.15rem .6rem;background:var(--soft);color:var(--ink);border:1px solid var(--line);border-radius:4px;cursor:pointer}
:focus-visible{outline:2px solid var(--act);outline-offset:1px}
.bar{display:flex;flex-wrap:wrap;gap:.4rem .9rem;align-items:center;margin:.5rem 0}
.lanes label{white-space:nowrap;font-size:13px}
.chart{overflow:auto;max-height:85vh;border:1px solid var(--line)}
.chart ol{list-style:none;margin:0;padding:0}
.heads{position:sticky;top:0;background:var(--paper);border-bottom:1px solid var(--line);z-index:1;width:max-content;min-width:100%}
.row{display:flex;border-bottom:1px solid var(--soft);width:max-content;min-width:100%}
.step>.row{cursor:pointer}
.no{flex:none;width:3.4rem;text-align:right;padding:0 .5rem;color:var(--quiet);font-size:12.5px}
.no a{color:inherit;text-decoration:none}
svg{flex:none;display:block}
.lines{flex:none;width:31rem;max-width:45vw;padding:0 .5rem;line-height:18px;position:sticky;left:0;background:var(--paper);z-index:1}
.lines div{overflow:hidden;text-overflow:ellipsis;white-space:pre}
.lines div+div{padding-left:1rem}
.step:target>.row .lines,.step.on>.row .lines{background:var(--mark)}
.lines div:first-child{font-weight:600}
.step{content-visibility:auto;contain-intrinsic-size:auto 40px}
.step:target>.row,.step.on>.row{background:var(--mark)}
.detail{display:none;padding:.4rem 1rem .8rem 3.4rem;background:var(--soft)}
.step:target>.detail,.step.on>.detail{display:block}
.cycle{border-left:4px solid var(--act)}
.remark{padding:.15rem .75rem .15rem 3.4rem;color:var(--act);font-weight:600}
.end{padding:.3rem .75rem .3rem 3.4rem;color:var(--bad);font-weight:600}
.fold>summary{padding:.15rem .75rem .15rem 3.4rem;color:var(--quiet);cursor:pointer}
table{border-collapse:collapse;margin:.3rem 0 .6rem}th,td{border:1px solid var(--line);padding:.1rem .5rem;text-align:left;vertical-align:top}
th{background:var(--soft)}del{color:var(--quiet)}.changed{background:var(--mark)}
.wide{overflow-x:auto;max-width:100%}.wide table{min-width:min(100%,40rem)}.part{font-family:system-ui,sans-serif}.long{min-width:22rem}.number{text-align:right;white-space:nowrap}
.run{border-bottom:1px solid var(--line)}summary{cursor:pointer;padding:.15rem 0}h3{font-size:.95rem;margin:1rem 0 .1rem}
ul{margin:.2rem 0;padding-left:1.4rem}:is(p,span,h2):target{background:var(--mark)}
.life{stroke:var(--line);stroke-width:1}.arrow{stroke:var(--ink);fill:none;stroke-width:1.3}.queued{stroke-dasharray:4 3}
.head{fill:var(--ink)}.dot{fill:var(--act)}.cross{stroke:var(--bad);stroke-width:2}.state{fill:var(--quiet);font:10px ui-monospace,monospace}
.name{fill:var(--ink);font:600 11px ui-monospace,monospace}
.s0{fill:#8aa4bf}.s1{fill:#d98e3b}.s2{fill:#6aa86a}.s3{fill:#b58bd6}.s4{fill:#d97373}.s5{fill:#4fb3b3}.s6{fill:#c2b04a}.s7{fill:#8d8d8d}
.off{display:none}.greyed>.row{opacity:.35;max-height:18px;overflow:hidden}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
@media (max-width:45rem){.detail{padding:.4rem .5rem .8rem}.detail td:nth-child(n+3){overflow-wrap:anywhere}}
@page{size:landscape}
@media print{.chart{max-height:none;overflow:visible}.heads{position:static}.bar,button{display:none}.detail{display:block}pre{max-height:none}
.step{content-visibility:visible;break-inside:avoid}.heads,.row{width:auto}.lines{width:18rem;max-width:none;position:static}.lines div{white-space:normal}
.row svg,.heads svg{flex:1 1 0;min-width:0;height:auto;align-self:flex-start}.detail td:nth-child(n+3){overflow-wrap:anywhere}}
`;
