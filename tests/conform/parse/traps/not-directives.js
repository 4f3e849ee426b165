"use client".length;
"use server";
export {};
