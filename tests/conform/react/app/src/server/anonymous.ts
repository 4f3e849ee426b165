'use server';

export default async function () {
    return 'default anonymous';
}
