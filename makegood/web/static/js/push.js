/**
 * "On this device": asks the browser for leave, subscribes, and hands the subscription over.
 */
const box = document.querySelector("[data-push-key]");
const button = box?.querySelector("button");
const note = box?.querySelector("[role=status]");

const bytes = (text) => Uint8Array.from(
  atob(text.replace(/-/g, "+").replace(/_/g, "/") + "=".repeat((4 - (text.length % 4)) % 4)),
  (letter) => letter.charCodeAt(0),
);

async function subscribe() {
  if ((await Notification.requestPermission()) !== "granted") throw new Error(box.dataset.refused);
  const worker = await navigator.serviceWorker.register(box.dataset.worker);
  await navigator.serviceWorker.ready;
  // One that was made with another key is of no use any more.
  await (await worker.pushManager.getSubscription())?.unsubscribe();
  const made = await worker.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: bytes(box.dataset.pushKey),
  });
  const body = new FormData();
  body.set("subscription", JSON.stringify(made));
  const answer = await fetch(box.dataset.address, {
    method: "POST",
    body,
    headers: { "X-CSRFToken": box.querySelector("[name=csrfmiddlewaretoken]").value },
  });
  if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).sentence ?? box.dataset.failed);
}

if (button) {
  if (!window.isSecureContext || !("serviceWorker" in navigator) || !("PushManager" in window)) {
    button.disabled = true;
    note.textContent = box.dataset.missing;
  }
  button.addEventListener("click", async () => {
    button.disabled = true;
    note.textContent = "";
    try {
      await subscribe();
      location.reload();
    } catch (error) {
      note.textContent = error instanceof Error && error.name === "Error" ? error.message : box.dataset.failed;
      button.disabled = false;
    }
  });
}
