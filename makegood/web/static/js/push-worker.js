/**
 * Shows what Makegood pushes to this browser, also while no page of it is open, and opens what it is about.
 */
self.addEventListener("push", (event) => {
  let said = {};
  try {
    said = event.data?.json() ?? {};
  } catch {
    // Something else than ours came: say at least that something did, as browsers ask for.
  }
  event.waitUntil(self.registration.showNotification(said.title || "Makegood", {
    body: said.body || "",
    tag: said.tag || undefined,
    icon: "/static/img/logo.svg",
    data: { url: said.url || "/" },
  }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const address = new URL(event.notification.data?.url || "/", self.location.origin);
  const url = address.origin === self.location.origin ? address.href : self.location.origin;
  event.waitUntil(self.clients.openWindow(url));
});
