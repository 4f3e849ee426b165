export function Other() {
    return <i>Other</i>;
}
export default () => <i>OtherDefault</i>;
