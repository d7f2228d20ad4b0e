// Runs before the first paint, so that a chosen theme never flashes the other one.
try {
  const theme = localStorage.getItem("sayfind.theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be closed to this page; the system's preference then decides.
}
