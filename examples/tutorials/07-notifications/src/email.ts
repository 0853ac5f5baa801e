/** Writes emails to users. Start it as often as you like: each email is sent by one of them. */
import { runSubscriber } from "./subscriber.ts";

interface UserNotification {
  readonly email: string;
  readonly token?: string;
}

await runSubscriber<UserNotification>(
  "Email",
  "user.#",
  (name, { email, token }) => {
    if (name === "user.signup") console.log(`📧 Welcome, ${email}`);
    else if (name === "user.password_reset") console.log(`📧 Reset link for ${email}: ${token}`);
  },
  { group: "email" },
);
