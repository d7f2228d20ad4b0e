const CODES = { $: "USD", "¥": "CNY", "￥": "CNY", "€": "EUR", "£": "GBP", 元: "CNY" };

/** An amount as people of a language write it; `unit` is a currency's code or sign. */
export function money(amount, unit, language) {
  const digits = Number.isInteger(amount) ? 0 : 2;
  try {
    return new Intl.NumberFormat(language, {
      style: "currency", currency: CODES[unit] ?? unit, currencyDisplay: "narrowSymbol", minimumFractionDigits: digits,
    }).format(amount);
  } catch {
    // Not a currency that the browser knows: the number and the unit as they came.
    return [amount.toLocaleString(language), unit].filter(Boolean).join(" ");
  }
}
