import { useEffect, useState } from "react";
import { useTitle } from "../app/title";
import { get } from "../wire/http";
import { useStore } from "../wire/store";
import { Forgotten } from "./Forgotten";
import { Gate } from "./Gate";
import { LinkForm } from "./LinkForm";
import { PasswordForm } from "./PasswordForm";
import { Register } from "./Register";
import { session } from "./session";

type Asked = "password" | "forgotten" | "register";

export function SignIn() {
  const [asked, setAsked] = useState<Asked>("password");
  const [email, setEmail] = useState("");
  useTitle("Sign in");
  const back = () => setAsked("password");
  if (asked === "forgotten") return <Forgotten email={email} back={back} />;
  if (asked === "register") return <Register back={back} />;
  return <Door email={email} setEmail={setEmail} ask={setAsked} />;
}

function Door({ email, setEmail, ask }: { email: string; setEmail: (email: string) => void; ask: (asked: Asked) => void }) {
  const state = useStore(session);
  const registers = useRegistration();
  const { problem, said } = state.phase === "out" ? state : { problem: null, said: null };
  return (
    <Gate title="Sign in to Asset Ingest">
      {said && <p className="gate-said" role="status" data-testid="signin-said">{said}</p>}
      <PasswordForm email={email} setEmail={setEmail} forgot={() => ask("forgotten")} />
      <LinkForm refusal={problem} />
      {registers && <p>New here? <button type="button" className="link" onClick={() => ask("register")} data-testid="register-open">Found a studio</button></p>}
      <p className="fine-print">
        Somebody invited you? Open the link that you were sent. Programs use an API key: see the <a href="/api/v1/docs">API documentation</a>.
      </p>
    </Gate>
  );
}

/** Whether to offer it. A server that cannot be asked is met by the form itself. */
function useRegistration(): boolean {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const asking = new AbortController();
    get<{ open: boolean }>("/auth/registration", asking.signal).then((told) => setOpen(told.open), () => undefined);
    return () => asking.abort();
  }, []);
  return open;
}
