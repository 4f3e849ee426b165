'use server';

export async function more() {
    return 'more';
}
export async function hidden() {
    return 'hidden by the other module’s own';
}
