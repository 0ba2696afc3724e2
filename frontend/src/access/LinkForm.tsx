import { useState, type FormEvent } from "react";
import type { Problem } from "../wire/problem";
import { arrivalFrom } from "./link";
import { Refusal } from "./Refusal";
import { whyNoLink } from "./refusals";
import { follow } from "./session";
import { TextField } from "./TextField";

const NO_TOKEN = "That is no link of ours. It has #signin=, #invitation= or #reset= and a long token at its end.";

/** The way in without a password: folded, unless a link was just refused. */
export function LinkForm({ refusal }: { refusal: Problem | null }) {
  const [pasted, setPasted] = useState("");
  const [wrong, setWrong] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const link = arrivalFrom(pasted);
    setWrong(link === null);
    if (link !== null) void follow(link);
  };
  return (
    <details className="fold" open={refusal !== null}>
      <summary data-testid="link-way">Use a link instead</summary>
      <form className="stack" onSubmit={submit} noValidate>
        <p className="muted">Open the link that the server printed when it started or that you were sent, or paste it here.</p>
        <TextField label="Link" value={pasted} onChange={setPasted} placeholder="https://…/#signin=…" autoComplete="off" spellCheck={false}
          aria-invalid={wrong} aria-describedby="link-problem" testId="signin-input" />
        <div id="link-problem" role="alert">{wrong && <p className="field-wrong" data-testid="signin-error">{NO_TOKEN}</p>}</div>
        {!wrong && <Refusal problem={refusal} words={whyNoLink} />}
        <button type="submit" className="button" disabled={pasted.trim() === ""} data-testid="signin-submit">Open the link</button>
      </form>
    </details>
  );
}
