/*a*/"use strict";"use client"/*b*/;'use server'//c
import "./a.js"
