-- Foredraft in Neovim 0.12 and newer: starts the server, shows its suggestions as ghost text, accepts them with <Tab>.
local api = vim.api
local M = {}

---@class foredraft.Options
---@field cmd? string[] the server's command line; default: `foredraft` on the PATH, else the one of this checkout
---@field filetypes? string[] where to suggest; default: everywhere
---@field accept? string|false the key that accepts, in insert mode; default: '<Tab>', which stays a tab where nothing is shown

--- Start the server with the first file, show ghost text, map the key.
---@param opts? foredraft.Options
function M.setup(opts)
  opts = opts or {}
  if vim.fn.has('nvim-0.12') == 0 then
    error('Foredraft needs Neovim 0.12 or newer: older ones cannot show inline completions')
  end
  vim.lsp.config('foredraft', M.config(opts))
  vim.lsp.enable('foredraft')
  local key = opts.accept == nil and '<Tab>' or opts.accept
  if key then
    vim.keymap.set('i', key, function()
      return M.accept(key) and '' or key
    end, { expr = true, desc = 'Accept the suggestion of Foredraft' })
  end
end

--- The client's configuration, as vim.lsp.config takes it.
---@param opts? foredraft.Options
---@return vim.lsp.Config
function M.config(opts)
  opts = opts or {}
  return {
    cmd = opts.cmd or M.command(),
    filetypes = opts.filetypes,
    root_markers = { '.git' },
    capabilities = { experimental = { foredraft = { status = true, refresh = true } } },
    handlers = {
      ['foredraft/status'] = function(_, status)
        vim.g.foredraft_status = status
        api.nvim_exec_autocmds('User', { pattern = 'ForedraftStatus', modeline = false })
        vim.cmd.redrawstatus({ bang = true })
      end,
      ['foredraft/refresh'] = M.ask_again,
    },
    on_init = function(client)
      vim.lsp.inline_completion.enable(true, { client_id = client.id })
    end,
  }
end

--- The server's command line: `foredraft` on the PATH, else the one in the .venv of the checkout this file is in.
---@return string[]
function M.command()
  local here = vim.uv.fs_realpath(debug.getinfo(1, 'S').source:sub(2)) or ''
  local checkout = vim.fs.joinpath(here:gsub('/editors/neovim/lua/foredraft/init%.lua$', ''), '.venv/bin/foredraft')
  local found = vim.fn.exepath('foredraft')
  return { found ~= '' and found or vim.fn.executable(checkout) == 1 and checkout or 'foredraft', '--stdio' }
end

--- Put the shown suggestion in. If it does not fit any more what was typed since, `fallback` is typed instead.
---@param fallback? string
---@return boolean shown whether there was one
function M.accept(fallback)
  return vim.lsp.inline_completion.get({
    on_accept = function(item)
      local fitting = M.fitted(item)
      if not fitting and fallback then
        api.nvim_feedkeys(api.nvim_replace_termcodes(fallback, true, false, true), 'n', false)
      end
      return fitting
    end,
  })
end

--- Neovim keeps showing an item while the next answer is on its way; accepted then, it would repeat or spoil the letters
--- typed in between. This is the item for the text as it is now, or nil.
---@param item vim.lsp.inline_completion.Item
---@return vim.lsp.inline_completion.Item?
function M.fitted(item)
  local range, text = item.range, item.insert_text
  if not range or type(text) ~= 'string' then
    return item
  end
  local row, col = unpack(api.nvim_win_get_cursor(0))
  row = row - 1
  local line = api.nvim_get_current_line()
  if range.start_row ~= row or range.end_row ~= row or col < range.start_col or #line < range.end_col then
    return nil
  end
  if not vim.startswith(text, line:sub(range.start_col + 1, col)) then
    return nil
  end
  if col > range.end_col then
    item.range = vim.range(api.nvim_get_current_buf(), row, range.start_col, row, col)
  end
  return item
end

--- The server may have something better now: ask for the place where the cursor is, as a key typed there would.
function M.ask_again()
  local group = 'nvim.lsp.inline_completion:' .. api.nvim_get_current_buf()
  if vim.startswith(api.nvim_get_mode().mode, 'i') and #vim.fn.getcompletion(group, 'augroup') > 0 then
    api.nvim_exec_autocmds('CursorMovedI', { group = group, modeline = false })
  end
end

--- What the server is doing, for a status line: '', 'starting', 'indexing', 'ready' or 'degraded: why'.
---@return string
function M.status()
  local status = vim.g.foredraft_status
  if not status then
    return ''
  end
  return status.state == 'degraded' and 'degraded: ' .. status.message or status.state
end

return M
