// Passkeys: asks the browser for one, puts the answer into the form and sends it.

const toBytes = (text) => {
  const padded = text.replaceAll('-', '+').replaceAll('_', '/').padEnd(Math.ceil(text.length / 4) * 4, '=');
  return Uint8Array.from(atob(padded), (letter) => letter.charCodeAt(0));
};

const toText = (buffer) => {
  const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join('');
  return btoa(letters).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
};

const withBytes = (list) => (list || []).map((each) => ({ ...each, id: toBytes(each.id) }));

async function create(options, form) {
  const { publicKey } = options;
  const alone = form.elements.passwordless?.checked ?? false;
  const credential = await navigator.credentials.create({
    publicKey: {
      ...publicKey,
      challenge: toBytes(publicKey.challenge),
      user: { ...publicKey.user, id: toBytes(publicKey.user.id) },
      excludeCredentials: withBytes(publicKey.excludeCredentials),
      authenticatorSelection: {
        ...publicKey.authenticatorSelection,
        residentKey: alone ? 'required' : 'discouraged',
        requireResidentKey: alone,
        ...(alone ? { userVerification: 'required' } : {}),
      },
    },
  });
  return {
    clientDataJSON: toText(credential.response.clientDataJSON),
    attestationObject: toText(credential.response.attestationObject),
    transports: credential.response.getTransports?.() ?? [],
    credential,
  };
}

async function use(options) {
  const { publicKey } = options;
  const credential = await navigator.credentials.get({
    publicKey: {
      ...publicKey,
      challenge: toBytes(publicKey.challenge),
      allowCredentials: withBytes(publicKey.allowCredentials),
    },
  });
  const { response } = credential;
  return {
    clientDataJSON: toText(response.clientDataJSON),
    authenticatorData: toText(response.authenticatorData),
    signature: toText(response.signature),
    userHandle: response.userHandle ? toText(response.userHandle) : null,
    credential,
  };
}

async function optionsFor(button, form) {
  if (button.dataset.options) {
    return JSON.parse(document.getElementById(button.dataset.options).textContent);
  }
  // allauth answers with JSON only to what names itself a script's request.
  const answer = await fetch(form.action, {
    headers: { Accept: 'application/json', 'X-Requested-With': 'XMLHttpRequest' },
  });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  return answer.json();
}

function sentenceFor(error, texts) {
  if (error.name === 'SecurityError') return texts.unable;
  if (error.name === 'InvalidStateError') return texts.known;
  if (error.name === 'NotAllowedError' || error.name === 'AbortError') return texts.stopped;
  return texts.failed;
}

for (const button of document.querySelectorAll('[data-passkey]')) {
  const { form } = button;
  const problem = form.querySelector('[data-passkey-problem]');
  const say = (sentence) => {
    problem.textContent = sentence;
    problem.hidden = false;
  };
  button.addEventListener('click', async () => {
    problem.hidden = true;
    if (!window.PublicKeyCredential) {
      say(problem.dataset.unable);
      return;
    }
    button.disabled = true;
    try {
      const data = await optionsFor(button, form);
      const { credential, ...response } =
        button.dataset.passkey === 'create' ? await create(data.creation_options, form) : await use(data.request_options);
      form.elements.credential.value = JSON.stringify({
        type: credential.type,
        id: credential.id,
        rawId: toText(credential.rawId),
        authenticatorAttachment: credential.authenticatorAttachment,
        clientExtensionResults: credential.getClientExtensionResults(),
        response,
      });
      form.submit();
    } catch (error) {
      console.error(error);
      say(sentenceFor(error, problem.dataset));
      button.disabled = false;
    }
  });
  button.disabled = false;
}
