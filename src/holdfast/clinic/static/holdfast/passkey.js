// Passkeys: the device makes one, or signs with it; an ordinary form then carries what it said. Loaded before
// the page is drawn, so that a browser without passkeys never shows a button that does nothing.
(() => {
  if (!self.PublicKeyCredential || !navigator.credentials) return;
  document.documentElement.classList.add("can-passkey");

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  const asked = async (form) => {
    const token = form.elements.csrfmiddlewaretoken.value;
    const answer = await fetch(form.dataset.options, { method: "POST", headers: { "X-CSRFToken": token, Accept: "application/json" } });
    if (!answer.ok) throw new Error(answer.status);
    const options = await answer.json();
    options.challenge = bytes(options.challenge);
    if (options.user) options.user.id = bytes(options.user.id);
    for (const each of options.excludeCredentials ?? []) each.id = bytes(each.id);
    return options;
  };

  // Every part of an answer that there is, as text.
  const PARTS = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const said = (made) => {
    const response = { transports: made.response.getTransports?.() };
    for (const part of PARTS) if (made.response[part]) response[part] = text(made.response[part]);
    return JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, response });
  };

  const send = async (form) => {
    const button = form.querySelector("button"), line = form.querySelector(".said");
    button.disabled = true;
    line.textContent = "";
    try {
      const made = await navigator.credentials[form.dataset.passkey]({ publicKey: await asked(form) });
      form.elements.credential.value = said(made);
      form.submit();
    } catch (error) {
      line.textContent = (error.name === "InvalidStateError" && form.dataset.already) || form.dataset.stopped;
      button.disabled = false;
      button.focus();
    }
  };

  addEventListener("DOMContentLoaded", async () => {
    for (const form of document.querySelectorAll("form[data-passkey]"))
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        send(form);
      });
    // The offer follows a link only where the device itself can recognise its owner.
    if (await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable?.())
      for (const field of document.querySelectorAll("input[name=can]")) field.value = "1";
  });
})();
