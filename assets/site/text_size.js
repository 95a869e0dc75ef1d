try{document.getElementById("text-size-"+localStorage.getItem("courant.text-size")).checked=true}catch(e){}
