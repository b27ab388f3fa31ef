"""What people say when they look for something, and what our pages call it. Pure data, by language.

On the left what is typed, on the right what is looked for besides it; commas between. A phrase may have blanks.
"""

_EN = [
    ("cost, costs, price, prices, pricing, charge, pay, payment, afford, expensive, bill", "fees, good faith estimate"),
    ("insurance, insurer, medicare, medi-cal, medicaid, copay, coverage", "insurance, fees"),
    ("shot, injection, needle, jab", "injection, vein, spray"),
    ("infusion, infusions, iv, drip, intravenous", "vein, infusion"),
    ("intranasal, nose, sniff, snort, inhaler", "nasal, spray"),
    ("spravato", "esketamine"),
    ("esketamine", "spravato"),
    ("high, trip, trippy, tripping, k-hole, hallucinate, hallucinations, out of body", "dissociation, floaty, cut off"),
    ("dissociate, dissociated, dissociating", "dissociation, cut off"),
    ("hypertension, bp, high blood pressure", "blood pressure"),
    ("pee, peeing, urine, urinate, urinary, uti", "bladder"),
    ("throw up, throwing up, puke, puking, vomit, queasy, sick", "nausea, vomiting"),
    ("drowsy, tired, groggy, sedated, sedation", "sleepy, sleepiness, sedation"),
    ("dizzy, lightheaded, vertigo", "dizziness, spinning"),
    ("passed out, faint, fainted, blackout, unconscious", "fainting, pass out"),
    ("breath, breathe", "breathing"),
    ("meds, medication, medications, drugs, drug interactions, pills", "medicines"),
    ("weed, pot, marijuana, thc, cbd", "cannabis"),
    ("booze, beer, wine, drunk, drink, drinks, drinking", "alcohol"),
    ("xanax, valium, ativan, klonopin, benzo, benzos", "benzodiazepines, medicines"),
    ("adderall, ritalin, vyvanse", "stimulants, medicines"),
    ("prozac, zoloft, lexapro, ssri, ssris, snri, cymbalta, effexor, wellbutrin", "antidepressant"),
    ("opiate, opiates, narcotic, narcotics, oxycodone", "opioids"),
    ("addicted, addictive, hooked, dependence, abuse", "addiction, misuse"),
    ("pregnant, baby, expecting", "pregnancy"),
    ("breastfeed, nursing", "breastfeeding"),
    ("uber, lyft, taxi, cab, rideshare, ride, driver", "ride home, takes you home"),
    ("car", "driving"),
    ("doctor, dr, psychiatrist, provider, physician", "psychiatrist, bacchus"),
    ("therapist, counseling, counselling, psychotherapy", "talk therapy"),
    ("shock therapy, electroshock, electroconvulsive", "ECT"),
    ("magnetic, transcranial", "TMS"),
    ("address, location, directions, map, where", "office"),
    ("park, garage", "parking"),
    ("bus, metro, train", "transit"),
    ("wheelchair, disabled, disability, elevator", "access, accessibility"),
    ("open, opening", "hours"),
    ("phone, telephone, call, email, e-mail", "contact"),
    ("appointment, appointments, booking, schedule, reschedule", "appointment, first visit"),
    ("hippa, hipaa", "notice of privacy practices"),
    ("tracking", "privacy, cookies"),
    ("interpreter, translator, spanish, español, espanol, chinese, korean, tagalog, armenian", "language help"),
    ("complain, grievance", "complaint"),
    ("licensed, credentials, certified, qualifications", "license, certification"),
    ("sad, hopeless, depressed, depressing, blue", "depression"),
    ("trd, treatment resistant", "treatment-resistant, hard to treat"),
    ("effective, effectiveness, success, results", "response, remission"),
    ("recover, recovery", "remission, response"),
    ("anxious, panic, worry", "anxiety"),
    ("trauma", "PTSD"),
    ("mania, manic", "bipolar"),
    ("teen, teenager, child, kid, kids, adolescent", "children, adults, 18"),
    ("old, elderly, senior, seniors", "older, 65"),
    ("cardiac", "heart"),
    ("legal, approved, approval", "FDA, approved"),
    ("mail-order, lozenge, troche, at-home", "at home"),
    ("research, evidence, trials, studies", "study, trial"),
    ("harm, harms, risks, danger, dangerous, safe, safety", "side effects, risk"),
    ("prep, preparation, before", "prepare"),
    ("fasting, food, eat, eating", "food, eat"),
]


def _table(lines: list[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    return {asked: tuple(said.split(", ")) for typed, said in lines for asked in typed.split(", ")}


SYNONYMS = {"en": _table(_EN)}
