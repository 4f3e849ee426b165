// No directive: its functions are references only where a server module passes them on.
export async function plain(text: string) {
    return `plain ${text}`;
}
export const constant = 7;
export default async function () {
    return 'plain default';
}
