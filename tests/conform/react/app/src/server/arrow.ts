'use server';

export default async () => 'default arrow';
