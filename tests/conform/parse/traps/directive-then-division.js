"use client"
/ 2;
"use server";
