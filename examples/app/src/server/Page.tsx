import { Counter } from "../client/Counter";
import { title } from "../shared/text";
import { save } from "./actions";

export function Page({ url }: { url: string }) {
  return (
    <form action={save}>
      <h1>{title(url)}</h1>
      <Counter start={1} />
    </form>
  );
}
