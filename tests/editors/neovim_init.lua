-- what a user's init.lua holds, plus what makes a test repeatable
vim.o.swapfile = false
vim.o.termguicolors = true -- so that a screen tells ghost text from typed text
vim.o.autoindent = true
vim.opt.runtimepath:append(vim.env.FOREDRAFT_CHECKOUT .. '/editors/neovim')
require('foredraft').setup({ cmd = { vim.env.FOREDRAFT_SERVER, '--stdio' } })
vim.o.laststatus = 2
vim.o.statusline = "%{v:lua.require'foredraft'.status()}"
