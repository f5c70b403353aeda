/** Numbers and times as people read them. */

const PERCENT = new Intl.NumberFormat("en", {
  style: "percent",
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});
const COMPACT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

export function percent(share: number): string {
  return PERCENT.format(share);
}

/** Four figures at least, and none behind the point where there are four before it. */
export function figures(value: number, like = value): string {
  const behind = Math.max(0, 3 - Math.floor(Math.log10(Math.max(1, Math.abs(like)))));
  const format = { minimumFractionDigits: behind, maximumFractionDigits: behind };
  return new Intl.NumberFormat("en", format).format(value).replace("-", "−");
}

export function compact(value: number): string {
  return COMPACT.format(value).replace("-", "−");
}

/** Seconds as the largest unit that divides them: "30 minutes", "6 hours", "4 weeks". */
export function duration(seconds: number): string {
  const units: readonly [string, number][] = [
    ["week", 604_800],
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
    ["second", 1],
  ];
  const [name, size] = units.find(([, unit]) => seconds % unit === 0) ?? ["second", 1];
  const count = seconds / size;
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}

const DAY = { timeZone: "UTC", day: "numeric", month: "short" } as const;
const CLOCK = { weekday: "short", hour: "2-digit", minute: "2-digit" } as const;
const FORMATS = {
  date: new Intl.DateTimeFormat("en-GB", { ...DAY, year: "numeric" }),
  clock: new Intl.DateTimeFormat("en-GB", { ...DAY, ...CLOCK }),
  full: new Intl.DateTimeFormat("en-GB", { ...DAY, ...CLOCK, year: "numeric" }),
} as const;

/** A time of the data set, which names no zone: it is shown as it was written. */
export function moment(time: number, format: keyof typeof FORMATS): string {
  return FORMATS[format].format(time);
}
