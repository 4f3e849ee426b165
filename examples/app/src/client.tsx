import { hydrateRoot } from "react-dom/client";
import { Counter } from "./client/Counter";

hydrateRoot(document, <Counter start={0} />);
