// Numbers and times in words, as solver/web/tags.py says them.
export const duration = (seconds) => {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return whole % 60 ? `${minutes} min ${whole % 60} s` : `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
};

export const queueWords = ({ position, wait_s: wait, notice }) => {
  if (notice) return notice;
  const ahead = position - 1;
  const who =
    ahead <= 0 ? "next in line" : `${ahead} solution${ahead === 1 ? " is" : "s are"} ahead`;
  return wait === null || wait === undefined ? who : `${who}, about ${duration(wait)}`;
};

export const count = (number) => number.toLocaleString("en");
