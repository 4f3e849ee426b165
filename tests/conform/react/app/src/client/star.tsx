export const Star = () => <i>Star</i>;
export const Hidden = () => <i>hidden by the other module&apos;s own</i>;
export default function NotThroughStar() {
    return null;
}
