// In development only: load the page anew when a template or style changes.
let first;
new EventSource("/dev/reload").onmessage = (event) => {
  first ??= event.data;
  if (event.data !== first) location.reload();
};
