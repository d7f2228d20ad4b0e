// How <voice-search> looks. A shop's page can repaint it: the colours are custom properties, the pieces are parts.
export const look = new CSSStyleSheet();
look.replaceSync(`
:host {
  display: block; position: relative; color: var(--ink-); font: 16px/1.5 var(--voice-search-font, inherit);
  --paper-: var(--voice-search-paper, light-dark(#fffdf8, #16221f));
  --ink-: var(--voice-search-ink, light-dark(#17352f, #f2ecdf));
  --ink-2-: var(--voice-search-ink-soft, light-dark(#596a62, #93a099));
  --line-: var(--voice-search-line, light-dark(#e0d8c6, #263733));
  --voice-: var(--voice-search-voice, light-dark(#d9501f, #f27a4b));
  --voice-ink-: var(--voice-search-voice-ink, light-dark(#b23c10, #ff9a72));
  --on-voice-: var(--voice-search-on-voice, light-dark(#fff, #23100a));
  --alarm-: light-dark(#a32a22, #ff9d90);
  --alarm-soft-: light-dark(#fae3de, #3d1f1c);
  --quick-: 160ms;
}
*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
button, input { font: inherit; color: inherit; }
button { cursor: pointer; }
p, ol { margin: 0; padding: 0; }
svg { display: block; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
:focus-visible { outline: 3px solid var(--voice-); outline-offset: 3px; border-radius: 50%; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.console { isolation: isolate; display: flex; align-items: center; gap: 6px; padding: 8px; border-radius: 40px; background: var(--paper-); border: 1px solid var(--line-); box-shadow: 0 1px 2px light-dark(rgb(60 45 15 / .05), rgb(0 0 0 / .3)), 0 12px 32px -12px light-dark(rgb(60 45 15 / .18), rgb(0 0 0 / .5)); transition: border-color var(--quick-), box-shadow var(--quick-); }
.console:focus-within { border-color: color-mix(in srgb, var(--line-), var(--ink-) 22%); }
.field { position: relative; flex: 1; min-width: 0; height: var(--voice-search-height, 56px); }
.field input { width: 100%; height: 100%; border: 0; outline: 0; background: none; padding: 0 10px; font-size: 19px; text-overflow: ellipsis; }
.field input::placeholder { color: var(--ink-2-); opacity: 1; }
.field input::-webkit-search-cancel-button { display: none; }
.live .field input::placeholder { opacity: 0; }
.saying { position: absolute; inset: 0; display: flex; align-items: center; gap: 8px; pointer-events: none; }
.saying p { flex: 0 1 auto; min-width: 0; display: flex; justify-content: flex-end; overflow: hidden; white-space: pre; padding-left: 12px; mask-image: linear-gradient(90deg, transparent, #000 12px); font-size: 19px; color: var(--ink-2-); }
.saying p:empty { display: none; }
.saying b { font-weight: inherit; color: var(--ink-); }
.saying canvas { flex: 1 0 72px; min-width: 0; width: 72px; height: 100%; color: var(--voice-); }

.mic { position: relative; flex: none; display: grid; place-items: center; width: calc(var(--voice-search-height, 56px) + 4px); aspect-ratio: 1; padding: 0; border: 0; border-radius: 50%; background: var(--voice-); color: var(--on-voice-); touch-action: none; user-select: none; -webkit-user-select: none; transition: transform var(--quick-), background var(--quick-); }
.mic:hover { background: var(--voice-ink-); }
.mic:active { transform: scale(.96); }
.mic::before { content: ""; position: absolute; inset: 0; border-radius: 50%; background: var(--voice-); opacity: .22; z-index: -1; transform: scale(calc(1 + var(--level, 0) * .55)); transition: transform 90ms linear; }
.mic-off { display: none; fill: currentColor; stroke: none; }
.live .mic-on { display: none; }
.live .mic-off { display: block; }
.wait .mic { opacity: .7; }
.go { flex: none; display: grid; place-items: center; width: calc(var(--voice-search-height, 56px) - 8px); aspect-ratio: 1; margin-right: 4px; padding: 0; border: 0; border-radius: 50%; background: var(--ink-); color: var(--paper-); transition: opacity var(--quick-); }
.go:hover { opacity: .82; }

.under { display: flex; align-items: center; justify-content: space-between; gap: 16px; min-height: 44px; padding: 4px 12px 0 22px; color: var(--ink-2-); font-size: 14px; }
.state { color: var(--voice-ink-); font-weight: 550; }
.rest .state { position: absolute; clip-path: inset(50%); }
.busy slot[name="hint"] { display: none; }
.open { display: inline-flex; align-items: center; gap: 9px; white-space: nowrap; color: var(--ink-); }
.open::before { content: ""; width: 9px; height: 9px; border-radius: 50%; background: var(--voice-); animation: breathe 1.4s ease-in-out infinite; }
@keyframes breathe { 50% { opacity: .25; } }
.line { display: flex; flex-wrap: wrap; align-items: center; gap: 2px 16px; min-width: 0; }
.line > div { min-width: 0; }

.error { display: flex; align-items: center; gap: 14px; margin-block: 8px; padding: 14px 18px; border-radius: 18px; background: var(--alarm-soft-); color: var(--alarm-); }
.error p { flex: 1; }
.error button { flex: none; min-height: 44px; padding: 0 16px; border: 1px solid currentColor; border-radius: 22px; background: none; font-weight: 550; }
.error button:focus-visible { border-radius: 22px; }

.hits { list-style: none; margin-top: 8px; }
.hits li { display: flex; align-items: baseline; justify-content: space-between; gap: 16px; padding: 10px 12px; border-top: 1px solid var(--line-); }
.hits a { color: inherit; text-underline-offset: 3px; }
.hits span { white-space: nowrap; font-variant-numeric: tabular-nums; }

@media (max-width: 640px) {
  .console { gap: 0; padding: 6px; }
  .field input, .saying p { font-size: 17px; }
  .live .go, .live ::slotted([slot="tools"]) { display: none; }
  .saying canvas { flex-basis: 52px; }
  .under { padding: 4px 4px 0 12px; align-items: flex-start; }
  .line { padding-top: 11px; line-height: 1.4; }
  .error { flex-wrap: wrap; }
  .error p { flex-basis: 100%; }
}
@media (prefers-reduced-motion: reduce) { *, *::before, *::after { animation: none !important; transition: none !important; } }
@media (forced-colors: active) { .console, .mic { border: 1px solid CanvasText; } }
`);
