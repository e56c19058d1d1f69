"""Hand-written utterances with what a sensible person at a shop would say they are.

One line each: language | intent | urgency | a topic it is about | response | text. All of it is invented.
"""

TABLE = """
en | complaint | today | delivery | restoration | My parcel was due last Monday and it still hasn't arrived.
en | complaint | today | delivery | restoration | Three weeks now and no sign of my order. Still waiting.
en | complaint | today | delivery | restoration | Where is my package? Tracking hasn't moved since the 4th.
en | complaint | today | delivery | restoration | The courier left the box outside in the rain, everything is soaked.
en | complaint | today | delivery | restoration | You said two days. It's been two weeks. Delivery is a joke.
en | complaint | today | defect | restoration | The teapot arrived broken, lid in pieces.
en | complaint | today | defect | restoration | Handle came off my mug after one wash.
en | complaint | today | defect | restoration | You sent me the wrong colour again.
en | complaint | today | defect | restoration | The zip on this bag fell apart within a month, poor quality.
en | complaint | today | defect | restoration | Half the pieces are missing from my set.
en | complaint | today | billing | restoration | I was charged twice for the same order.
en | complaint | today | billing | restoration | Why have you taken $40 from my account? The price on the page was $30. Overcharged!
en | complaint | today | billing | restoration | Your discount code doesn't work and I paid full price.
en | complaint | today | refund | restoration | I returned the jacket a month ago and I'm still waiting for my refund.
en | complaint | today | refund | restoration | They refuse to refund me even though it never arrived.
en | complaint | today | refund | restoration | I want my money back.
en | complaint | today | staff | restoration | The man at the counter was so rude to my daughter.
en | complaint | today | staff | restoration | Nobody answers the phone, nobody answers emails.
en | complaint | today | staff | restoration | Worst customer service I have ever had.
en | complaint | today | staff | restoration | I've been on hold for 40 minutes and then you hung up on me.
en | complaint | today | account | restoration | I can't log in and the password reset mail never arrives.
en | complaint | today | account | restoration | I have unsubscribed four times and still get your newsletter every day. Stop!
en | complaint | today | website | restoration | Your checkout keeps crashing, I tried everything.
en | complaint | today | website | restoration | The app is down again.
en | complaint | today | website | restoration | I get an error message every time I open the basket.
en | complaint | today | other | restoration | Not happy at all with this shop.
en | complaint | today | other | restoration | I am so disappointed in you.
en | complaint | today | other | restoration | Never again. Avoid this place.
en | complaint | today | other | restoration | this is NOT what I ordered!!!
en | complaint | today | delivery | restoration | Great, another week of waiting for a parcel.
en | complaint | today | delivery | restoration | Well done, you lost my parcel. Again.
en | complaint | today | other | restoration | Thanks for nothing.
en | complaint | today | delivery | restoration | Love the mug but the delivery took forever and nobody told me why.
en | complaint | today | staff | restoration | No reply to three emails. Is this normal?
en | complaint | today | ordering | restoration | My order was cancelled without any explanation.
en | complaint | now | defect | restoration | There was a shard of glass in my tea tin. Dangerous!
en | complaint | now | defect | restoration | My son had an allergic reaction, your label doesn't list nuts.
en | complaint | now | defect | restoration | The kettle caught fire this morning, we're lucky nobody was hurt.
en | complaint | now | refund | restoration | If I don't get my refund I will dispute the charge with my bank and see you in small claims.
en | complaint | now | other | restoration | You will hear from my lawyer. This is fraud.
en | complaint | now | delivery | restoration | The cake hasn't been delivered and the wedding is tomorrow!
en | complaint | today | refund | restoration | I am taking my business elsewhere, eight weeks for a return is a scandal.
en | complaint | today | delivery | restoration | my order still not here smh
en | complaint | today | other | restoration | I expected better. Really let down.
en | complaint | today | defect | restoration | It doesn't work.
en | complaint | today | other | restoration | 😡😡 what a waste of money
en | question | today | delivery | fix_facts | Do you ship to Norway?
en | question | today | delivery | fix_facts | How much is delivery to Cornwall?
en | question | today | ordering | fix_facts | When will the green cups be back in stock?
en | question | today | ordering | fix_facts | What time do you open on Saturday?
en | question | today | ordering | fix_facts | Hi! Do you sell gift cards?
en | question | today | refund | fix_facts | How do I return something I bought online?
en | question | today | billing | fix_facts | Can I pay with PayPal?
en | question | today | other | fix_facts | Is the blue glaze dishwasher safe?
en | question | today | other | fix_facts | Does anyone know if Thimblemoor is any good?
en | question | today | other | fix_facts | Is it true that you are closing the workshop?
en | question | today | ordering | fix_facts | Could you tell me which size fits a 30 cm shelf?
en | question | today | account | fix_facts | How can I change the email address on my account?
en | question | now | defect | fix_facts | Quick question: does the chai contain nuts? I have an allergy.
en | question | today | other | fix_facts | I was wondering if you run pottery classes
en | praise | whenever | other | share_success | I love this shop.
en | praise | whenever | delivery | share_success | Super fast delivery and beautifully wrapped, thank you so much!
en | praise | whenever | staff | share_success | The staff were wonderful and so friendly.
en | praise | whenever | other | share_success | Best tea I have ever had. Highly recommend.
en | praise | whenever | other | share_success | Never disappointed by these two.
en | praise | whenever | ordering | share_success | No complaints, ten out of ten, will order again.
en | praise | whenever | delivery | share_success | Arrived early and it's gorgeous 😍
en | praise | whenever | refund | share_success | Had a problem with my refund, they fixed it in an hour. Brilliant service, so happy with them.
en | praise | whenever | other | share_success | Can't recommend enough!
en | praise | whenever | other | share_success | not bad at all, really impressed
en | praise | whenever | other | share_success | My favourite mug in the whole world ❤
en | praise | never | other | let_stand | Thanks!
en | praise | whenever | other | share_success | Shoutout to Thimblemoor, you guys rock
en | praise | whenever | other | share_success | Can't wait to try the new blend, it smells amazing
en | praise | whenever | other | share_success | You went above and beyond. Thank you.
en | suggestion | whenever | ordering | fix_facts | It would be great if you sold the lids separately.
en | suggestion | whenever | other | fix_facts | You should add a darker glaze to the range.
en | suggestion | whenever | ordering | fix_facts | Have you thought about a subscription box?
en | suggestion | whenever | other | fix_facts | I wish you had larger cups.
en | suggestion | whenever | website | fix_facts | Please add a dark mode to the site.
en | suggestion | whenever | other | fix_facts | Bring back the jasmine pearls!
en | suggestion | whenever | other | fix_facts | Would love to see a refill option.
en | other | never | other | let_stand | We are hiring a kiln assistant, apply now.
en | other | never | other | let_stand | GIVEAWAY! Retweet to win a mug.
en | other | never | other | let_stand | Shares of the pottery group rose 4% after quarterly results.
en | other | never | other | let_stand | Top 10 tea shops of the county
en | other | never | other | let_stand | Walking past Thimblemoor on my way to the harbour.
en | other | never | other | let_stand | use code WARM for 10% off, shop now
en | complaint | whenever | other | monitor | you idiots, go to hell
de | complaint | today | delivery | restoration | Wo bleibt mein Paket? Ich warte seit drei Wochen.
de | complaint | today | delivery | restoration | Die Lieferung ist immer noch nicht angekommen.
de | complaint | today | defect | restoration | Die Tasse kam kaputt an, lauter Scherben.
de | complaint | today | defect | restoration | Ihr habt mir die falsche Farbe geschickt.
de | complaint | today | billing | restoration | Mir wurde der Betrag doppelt abgebucht.
de | complaint | today | refund | restoration | Seit einem Monat warte ich auf die Rückerstattung.
de | complaint | today | staff | restoration | Auf meine Mails antwortet niemand. Frechheit.
de | complaint | today | staff | restoration | Die Verkäuferin war sehr unfreundlich zu uns.
de | complaint | today | website | restoration | Eure Webseite funktioniert nicht, ständig eine Fehlermeldung.
de | complaint | today | other | restoration | Ich bin gar nicht zufrieden.
de | complaint | today | other | restoration | Nie wieder!
de | complaint | today | delivery | restoration | Na toll, wieder eine Woche warten auf das Paket.
de | complaint | today | account | restoration | Ich komme nicht in mein Konto, das Passwort wird nicht angenommen.
de | complaint | now | defect | restoration | In der Dose war ein Glassplitter, meine Tochter hat sich verletzt!
de | complaint | now | other | restoration | Ich schalte jetzt meinen Anwalt ein, das ist Betrug.
de | question | today | delivery | fix_facts | Liefert ihr auch nach Österreich?
de | question | today | ordering | fix_facts | Wann ist die blaue Kanne wieder lieferbar?
de | question | today | ordering | fix_facts | Habt ihr auch Tee ohne Koffein?
de | question | today | ordering | fix_facts | Wie sind eure Öffnungszeiten am Samstag?
de | question | today | billing | fix_facts | Kann ich mit PayPal zahlen?
de | praise | whenever | other | share_success | Ich bin begeistert, wunderschöne Tassen!
de | praise | whenever | delivery | share_success | Blitzschnelle Lieferung, alles perfekt verpackt. Gerne wieder.
de | praise | whenever | other | share_success | Noch nie enttäuscht worden.
de | praise | whenever | staff | share_success | Sehr freundliche Beratung, vielen Dank!
de | suggestion | whenever | other | fix_facts | Es wäre schön, wenn ihr auch kleinere Dosen hättet.
de | suggestion | whenever | other | fix_facts | Ich wünsche mir eine Teekanne in Blau.
de | other | never | other | let_stand | Gewinnspiel: jetzt mitmachen und eine Tasse gewinnen!
de | other | never | other | let_stand | Wir suchen eine Töpferin (m/w/d), jetzt bewerben.
fr | complaint | today | delivery | restoration | Où est mon colis ? Toujours rien depuis trois semaines.
fr | complaint | today | delivery | restoration | Je n'ai jamais reçu ma commande.
fr | complaint | today | defect | restoration | La théière est arrivée cassée, en mille morceaux.
fr | complaint | today | defect | restoration | Ce n'est pas la bonne couleur et il manque une tasse.
fr | complaint | today | billing | restoration | J'ai été débitée deux fois pour la même commande.
fr | complaint | today | refund | restoration | J'attends mon remboursement depuis un mois.
fr | complaint | today | staff | restoration | Aucune réponse du service client, c'est honteux.
fr | complaint | today | staff | restoration | La vendeuse était très désagréable.
fr | complaint | today | website | restoration | Votre site ne fonctionne pas, impossible de payer.
fr | complaint | today | other | restoration | Très déçue.
fr | complaint | today | other | restoration | Plus jamais chez vous !
fr | complaint | today | other | restoration | Je ne suis pas contente du tout.
fr | complaint | today | delivery | restoration | Bravo pour le retard, encore une semaine à attendre le colis.
fr | complaint | now | defect | restoration | Il y avait un morceau de verre dans le thé, c'est dangereux !
fr | complaint | now | other | restoration | Je vais porter plainte, c'est une arnaque.
fr | question | today | delivery | fix_facts | Livrez-vous en Suisse ?
fr | question | today | ordering | fix_facts | Quand est-ce que la tasse verte sera de nouveau disponible ?
fr | question | today | billing | fix_facts | Est-ce qu'on peut payer par PayPal ?
fr | question | today | other | fix_facts | Bonjour, cette tasse passe-t-elle au lave-vaisselle ?
fr | praise | whenever | other | share_success | J'adore cette boutique, tout est magnifique.
fr | praise | whenever | delivery | share_success | Livraison rapide et emballage soigné, je recommande vivement.
fr | praise | whenever | other | share_success | Jamais déçue, un vrai régal.
fr | praise | whenever | staff | share_success | Une équipe adorable, merci beaucoup !
fr | suggestion | whenever | other | fix_facts | Ce serait bien d'avoir des boîtes plus grandes.
fr | suggestion | whenever | other | fix_facts | Vous devriez proposer un abonnement.
fr | other | never | other | let_stand | Jeu concours : tentez de gagner un coffret de thé.
fr | other | never | other | let_stand | Nous recrutons un potier en CDI, postulez.
es | complaint | today | delivery | restoration | ¿Dónde está mi pedido? Llevo tres semanas esperando.
es | complaint | today | delivery | restoration | El paquete todavía no ha llegado.
es | complaint | today | defect | restoration | La taza llegó rota, hecha pedazos.
es | complaint | today | defect | restoration | No es lo que pedí, el color equivocado.
es | complaint | today | billing | restoration | Me han cobrado dos veces.
es | complaint | today | refund | restoration | Sigo esperando el reembolso desde hace un mes.
es | complaint | today | staff | restoration | Nadie contesta al teléfono ni a los correos.
es | complaint | today | staff | restoration | La dependienta fue muy maleducada.
es | complaint | today | website | restoration | La web no funciona, no me deja pagar.
es | complaint | today | other | restoration | Qué decepción.
es | complaint | today | other | restoration | No lo recomiendo, nunca más.
es | complaint | today | other | restoration | No estoy nada contenta con vosotros.
es | complaint | today | delivery | restoration | Genial, otra semana esperando el paquete.
es | complaint | now | defect | restoration | Había cristales en el bote de té, mi hijo se cortó.
es | complaint | now | other | restoration | Voy a denunciar, esto es una estafa.
es | question | today | delivery | fix_facts | ¿Hacéis envíos a Canarias?
es | question | today | ordering | fix_facts | ¿Cuándo vuelve a estar disponible la tetera azul?
es | question | today | other | fix_facts | ¿Alguien sabe si estas tazas van al lavavajillas?
es | question | today | billing | fix_facts | ¿Puedo pagar con tarjeta?
es | praise | whenever | other | share_success | Me encanta, es una maravilla.
es | praise | whenever | delivery | share_success | Envío rapidísimo y todo perfecto, lo recomiendo.
es | praise | whenever | staff | share_success | Muy amables, muchas gracias por la atención.
es | praise | whenever | other | share_success | Nunca decepcionan, los mejores.
es | suggestion | whenever | other | fix_facts | Estaría bien tener tazas más grandes.
es | suggestion | whenever | other | fix_facts | Deberíais vender también por suscripción.
es | other | never | other | let_stand | ¡Sorteo! Participa y gana una tetera.
es | other | never | other | let_stand | Oferta de empleo: buscamos ceramista a jornada completa.
"""


def rows() -> list[tuple[str, str, str, str, str, str]]:
    """Language, intent, urgency, topic, response and text of each utterance."""
    found = []
    for line in TABLE.strip().splitlines():
        language, intent, urgency, topic, response, text = (part.strip() for part in line.split("|", 5))
        found.append((language, intent, urgency, topic, response, text))
    return found
