-- For those who start it by hand: vim.lsp.enable('foredraft'). require('foredraft').setup() does that and the rest.
return require('foredraft').config()
