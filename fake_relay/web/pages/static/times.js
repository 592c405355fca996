// Times as the browser's zone has them; the server writes its own.
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const DAY = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" });

export function localTimes(root) {
  const today = new Date().toDateString();
  for (const element of root.querySelectorAll("time[datetime]")) {
    const moment = new Date(element.dateTime);
    if (Number.isNaN(moment.valueOf())) continue;
    const milliseconds = String(moment.getMilliseconds()).padStart(3, "0");
    if (element.dataset.form === "full") element.textContent = `${FULL.format(moment)}.${milliseconds}`;
    else element.textContent = (moment.toDateString() === today ? CLOCK : DAY).format(moment);
  }
}
