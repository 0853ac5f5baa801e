import express, { type Express } from "express";
import session, { type Store } from "express-session";

/** What this application keeps in a session. */
declare module "express-session" {
  interface SessionData {
    views: number;
    note: string;
  }
}

/** The application: counts your views, keeps a note for you, forgets you when you log out. */
export function createApp(store: Store, secret: string): Express {
  const app = express();
  app.use(
    session({
      store,
      secret,
      resave: false, // A session that did not change is touched, not written again.
      saveUninitialized: false, // Who only looks gets no session.
      cookie: { maxAge: 3_600_000, sameSite: "lax" },
    }),
  );

  app.get("/", (req, res) => {
    req.session.views = (req.session.views ?? 0) + 1;
    res.send(`Views: ${req.session.views}`);
  });

  app.put("/note", express.text({ limit: "2mb" }), (req, res) => {
    req.session.note = req.body;
    res.sendStatus(204);
  });

  app.get("/note", (req, res) => {
    res.type("text/plain").send(req.session.note ?? "");
  });

  app.post("/logout", (req, res, next) => {
    req.session.destroy((error) => (error ? next(error) : res.sendStatus(204)));
  });

  return app;
}
